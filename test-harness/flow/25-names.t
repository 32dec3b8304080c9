#!/bin/sh
# SPDX-License-Identifier: ISC
# A block names a user as the log and list print the name, by the plain name, or by
# the name that the client gives, which Dovecot may change.
# shellcheck disable=SC1003 # backslashes are meant
. "$(dirname "$0")/../lib/tap.sh"
uses servers

# login ADDRESS USER [OPTION ...]: as the client calls the user.
login() {
	address=$1 user=$2
	shift 2
	like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from "$address" \
		--auth PLAIN --user "$user" "$@" 2>&1)" "Logged in" \
		"$user logs in from $address"
}
# recorded ADDRESS: print the recorded user, or "no".
recorded() {
	authmap lookup "$1" | cut -f 2 | grep . || echo no
}
# last_line ADDRESS: print the event and the user of the last log line about it;
# Dovecot may have changed the case of the name.
last_line() {
	grep "authmap: [a-z]* $1 " "$S/d/log" | tail -n 1 |
		sed 's/.*authmap: \([a-z]*\) .*user=\([^:]*\).*/\1 \2/' |
		tr '[:upper:]' '[:lower:]'
}
is_last_line() {
	[ "$(last_line "$1")" = "$2" ]
}
# logged ADDRESS WHAT NAME: wait for Dovecot's log line.
logged() {
	within 10 is_last_line "$1" "$2"
	is "$(last_line "$1")" "$2" "$3"
}

begin
mkdir -p "$S/d"
account() {		# account NAME [FIELD]
	printf '%s:{PLAIN}pw:20001:20001::%s::%s\n' "$1" "$S/d/mail/joe" \
		"${2:-}"
}
{
	account joe@dom
	account jürgen@example.org
	account alias user=joe@dom
	account other userdb_user=joe@dom
	# Dovecot 2.3 doubles the backslash of the name that it looks up.
	for slash in '\' '\\'; do
		account "dom${slash}joe" user=joe@dom
		account "dom${slash}ted"
	done
} >"$S/d/passwd"
SETTINGS='authmap_master_users = yes'
dovecot_start names

login 203.0.113.1 jürgen@example.org
name=$(recorded 203.0.113.1)
is "$name" 'j\303\274rgen@example.org' "  as list prints it"
logged 203.0.113.1 "granted $name" "  and the log"
is "$(said authmap block "$name")" "0 removed 203.0.113.1 $name imap" \
	"  is blocked by that name"
login 203.0.113.1 jürgen@example.org
is "$(recorded 203.0.113.1)" no "  and not recorded"
is "$(said authmap unblock jürgen@example.org)" "0 " "  unblocked by the user's own name"
login 203.0.113.1 jürgen@example.org
is "$(recorded 203.0.113.1)" "$name" "  the user is recorded"

# A name with a backslash that can mean two users.
login 203.0.113.2 'DOM\ted'
is "$(recorded 203.0.113.2)" 'dom\\ted' "  as list prints it"
like "$(said authmap block 'dom\ted')" 'give dom\\\\ted$' \
	"  a text that is not printed for any user is reported"
authmap unblock 'dom\ted'
is "$(said authmap block 'DOM\\ted')" '0 removed 203.0.113.2 dom\\ted imap' \
	"  is blocked as printed, in upper or lower case"
login 203.0.113.2 'DOM\ted'
is "$(recorded 203.0.113.2)" no "  and not recorded"

# Names that Dovecot changes.
note="authmap: note: user"
for name in alias other 'DOM\joe' 'DOM\\joe'; do
	typed=$(printf '%s' "$name" | sed 's/\\\\/\\/')
	printed=$(printf '%s' "$typed" | sed 's/\\/\\\\/')
	login 203.0.113.3 "$typed"
	is "$(recorded 203.0.113.3)" joe@dom "  and is recorded as joe@dom"
	is "$(said authmap block "$name")" "0 $note $printed: is blocked, but\
 has no entry in the map: compare with authmap list" \
		"$name is blocked, without an entry"
	login 203.0.113.4 "$typed"
	is "$(recorded 203.0.113.4)" no "  and is not recorded"
	logged 203.0.113.4 "blocked $(printf '%s' "$printed" |
		tr '[:upper:]' '[:lower:]')" "  which is logged"
	login 203.0.113.4 joe@dom
	is "$(recorded 203.0.113.4)" joe@dom "  with another name it is"
	authmap remove --user joe@dom >/dev/null
	is "$(said authmap unblock "$name")" "0 " "  $name is unblocked"
	login 203.0.113.4 "$typed"
	is "$(recorded 203.0.113.4)" joe@dom "  and recorded"
	is "$(said authmap block joe@dom | sort)" \
		"0 removed 203.0.113.4 joe@dom imap" "  the user's own name is blocked"
	login 203.0.113.4 "$typed"
	is "$(recorded 203.0.113.4)" no "  with any name that the client gives"
	authmap unblock joe@dom
done

# Two clients of one user have sessions that end after the block.  Within
# two seconds of the login, a sixteenth of the window, they would refresh nothing.
authmap_conf "window = 32s"
session() {		# session ADDRESS USER
	"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from "$1" --auth PLAIN \
		--user "$2" --idle --hold 9999 >/dev/null 2>&1 &
	clients="$clients $!"
	started $!
	within 20 authmap lookup "$1"
}
both_ended() {
	[ "$(grep -c "imap(joe@dom).*Connection closed" "$S/d/log")" -ge 2 ]
}
clients=
session 203.0.113.7 alias
session 203.0.113.8 joe@dom
authmap block alias 2>/dev/null
before=$(seen 203.0.113.7) other=$(seen 203.0.113.8)
sleep 2.1
# shellcheck disable=SC2086 # words are meant
ended $clients
within 20 both_ended
is $? 0 "two sessions end"
refreshed() {
	[ "$(seen 203.0.113.8)" -gt "$other" ]
}
within 5 refreshed
is $? 0 "  one refreshes its user's entry"
is "$(seen 203.0.113.7)" "$before" "  but not one that gave a blocked name"
authmap unblock alias

# A master user's password.
login 203.0.113.5 'joe@dom*admin' --password master
is "$(recorded 203.0.113.5)" joe@dom "  for a user"
authmap block admin 2>/dev/null
login 203.0.113.6 'joe@dom*admin' --password master
is "$(recorded 203.0.113.6)" no "  a block of the master user's name holds"
login 203.0.113.6 joe@dom
is "$(recorded 203.0.113.6)" joe@dom "  for the master user's own logins"
unlike "$(cat "$S/d/log")" "Error|Fatal|Panic" "no errors"
done_testing
