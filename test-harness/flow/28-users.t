#!/bin/sh
# SPDX-License-Identifier: ISC
# Only the logins of users and users_file are recorded, by every way in.  If the
# file of users cannot be read, no login is recorded.  A change takes effect at the
# next login.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

# said COMMAND ...: print its output and its exit status.
said() {
	out=$("$@" 2>&1)
	printf '%s %s\n' $? "$out"
}
# login ADDRESS USER: log in, and print the recorded user.
login() {
	client imap 127.0.0.1 "$IMAP_PROXY" --from "$1" --user "$2" \
		>"$S/said" 2>&1
	grep -q "Logged in" "$S/said" || echo "no login"
	authmap lookup "$1" | cut -f 2 | grep . || echo no
}

begin
like "$(authmap check)" "^ok +users +the logins of all users are recorded: .* users of" \
	"without users, every login is recorded, which check reports"
authmap record 192.0.2.1 amy imap
authmap_conf "users = joe @printers.example.org"
mkdir -p "$S/d"
account() {		# account NAME [FIELD]
	printf '%s:{PLAIN}pw:20001:20001::%s::%s\n' "$1" "$S/d/mail/joe" \
		"${2:-}"
}
{
	account joe
	account amy
	account scan@printers.example.org
	account scan@example.org
	account alias user=bob
	account bob
} >"$S/d/passwd"
dovecot_start

is "$(login 203.0.113.1 joe)" joe "a listed user logs in: recorded"
is "$(login 203.0.113.2 amy)" no "another one logs in: not recorded"
is "$(login 203.0.113.3 scan@printers.example.org)" \
	scan@printers.example.org "a user of a listed domain: recorded"
is "$(login 203.0.113.4 scan@example.org)" no "  of another: not"
is "$(authmap lookup 192.0.2.1 | cut -f 2)" amy \
	"an entry from before stays until it expires"
unlike "$(cat "$S/d/log")" "Error|Warning" "no error is logged"
like "$(authmap check)" \
	"^ok +users +only the logins of 2 users or domains are recorded: users of" \
	"check reports whose logins are recorded"
like "$(authmap config)" "^users = joe @printers.example.org	# $CONF:5" \
	"  and config"

# The other ways in.
like "$(said authmap record 203.0.113.5 amy imap)" \
	"^1 authmap: 203.0.113.5: not recorded: the user is not in users" \
	"authmap record reports that the user is not listed"
like "$(said authmap record 203.0.113.5)" "^1 " "  without a user, too"
is "$(said authmap record 203.0.113.5 JOE imap)" "0 " "  and records a listed user"
echo "203.0.113.6 ok" >"$S/old"
like "$(said authmap import "$S/old")" "^2 authmap: users or users_file is set" \
	"authmap import imports nothing"
authmap lookup 203.0.113.6
is $? 1 "  and the map is empty"
PAM_TYPE=open_session PAM_RHOST=203.0.113.7 PAM_USER=amy authmap record --pam
PAM_TYPE=open_session PAM_RHOST=203.0.113.8 PAM_USER=joe authmap record --pam
is "$(authmap list | cut -f 1,2 | grep '203.0.113.[78]')" "203.0.113.8	joe" \
	"record --pam records only the listed user"
for user in amy joe; do
	TCPREMOTEIP=203.0.113.9 USER=$user authmap prelogin -- \
		"$O/authmap" -c "$CONF" record --env -- true
	is "$?, $(authmap lookup 203.0.113.9 | cut -f 2)" \
		"0, $(echo $user | sed s/amy//)" "record --env for $user"
done

# A file of users, and the name that the client gives.
printf '%s\n' "# devices" alias >"$S/users"
chmod 644 "$S/users"
authmap_conf "users = joe" "users_file = $S/users"
is "$(login 203.0.113.21 alias)" bob \
	"the name that the client gave is in users_file: recorded"
is "$(login 203.0.113.22 bob)" no "  without it: not"
is "$(login 203.0.113.23 joe)" joe "  users applies, too"
within 10 sh -c "echo bob >>'$S/users'
	'$CLIENT' imap 127.0.0.1 $IMAP_PROXY --from 203.0.113.24 --user bob
	'$O/authmap' -c '$CONF' lookup 203.0.113.24"
is $? 0 "a line is added: the user's next login is recorded"
like "$(authmap check)" \
	"only the logins of [3-9] users or domains are recorded: users, $S/users" \
	"  check names the file"
mv "$S/users" "$S/kept"
is "$(login 203.0.113.25 joe)" no "the file is missing: no login is recorded"
within 10 grep -q "users_file: $S/users: does not exist" "$S/d/log"
is $? 0 "  and the log gives the reason"
printf joe >"$S/users"
is "$(login 203.0.113.26 joe)" no "the file is cut: no login is recorded"
mv "$S/kept" "$S/users"
is "$(login 203.0.113.27 joe)" joe "the file is complete again: a login is recorded"
dovecot_stop

# A Dovecot that removes the domain from the name.
format=%Ln
[ "$DOVECOT" = 2.3 ] || format='%{user | username | lower}'
SITE="auth_username_format = $format"
authmap_conf "users = @printers.example.org bob@example.org"
dovecot_start
is "$(login 203.0.113.31 amy@printers.example.org)" no \
	"a client types a listed domain, which Dovecot removes: not recorded"
is "$(login 203.0.113.32 bob@example.org)" bob \
	"  a listed name that the client gave is: recorded"
is "$(login 203.0.113.33 bob@printers.example.org)" no \
	"  with another domain: not"
done_testing
