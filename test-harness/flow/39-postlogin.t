#!/bin/sh
# SPDX-License-Identifier: ISC
# Dovecot without the plugin: a post-login script records each login before the
# client hears of it, keeps its entry for as long as the client is connected, and
# never stops a login.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

# Dovecot's user has to run it, who may be unable to reach the build folder.
cp "$O/authmap" "$S/authmap"
"$TOP/test-harness/programs/syslogd" "$S/syslog" >>"$S/log" &
started $!
within 10 test -S "$S/syslog"
mkdir "$S/dev"
# In a plain chroot, / is no mount, and cannot be made private.
private=
unshare -m true 2>/dev/null || private="--propagation unchanged"
cat >"$S/logged" <<EOF
#!/bin/sh
dev=\$(mktemp -u "$S/dev/XXXXXX")
"$TOP/test-harness/programs/own-log" "$S/syslog" "\$dev"
exec "\$@"
EOF
chmod 755 "$S/logged"

entries() {
	authmap list | cut -f 1-3 | tr '\t' ' '
}
no_keepers() {
	[ "$(keepers)" = 0 ]
}
keepers() {
	pgrep -cf "^$S/authmap -c $CONF record"
}
absent() {
	! authmap lookup "$1" >"$S/absent"
}
alive_since() {			# alive_since ADDRESS TIME
	[ "$(authmap lookup "$1" | cut -f 4)" -ge "$2" ]
}
told() {			# told REGEX NAME
	within 5 grep -qE "$1" "$S/log"
	like "$(cat "$S/log")" "$1" "$2"
}

# restart NAME ...: Dovecot, with servers/dovecot-…NAME.conf.
restart() {
	[ -z "${dovecot:-}" ] || dovecot_stop
	RECIPE=postlogin IN="unshare -m $private $S/logged" dovecot_start "$@"
}

# stays KIND FROM [OPTION ...]: somebody logs in and stays, as $session.
stays() {
	kind=$1 from=$2 port=$IMAP_PROXY
	shift 2
	[ "$kind" != pop3 ] || port=$POP3_PROXY
	"$CLIENT" "$kind" 127.0.0.1 "$port" --from "$from" --hold 60 "$@" \
		>"$S/session-$from" 2>&1 &
	session=$!
	started $session
	within 10 test -s "$S/session-$from"
}
# serves ADDRESS: the process that serves its session.
serves() {
	sed -n "s/.*$LOGGED_IN: .*rip=$1.*mpid=\([0-9]*\).*/\1/p" "$S/d/log" |
		tail -1
}

begin "window = 4s"
restart

for kind in imap pop3; do
	port=$IMAP_PROXY
	[ $kind = imap ] || port=$POP3_PROXY
	for address in 203.0.113.7 2001:db8::7; do
		like "$(client $kind 127.0.0.1 "$port" --from $address)" "Logged in" \
			"$kind: a login from $address"
		is "$(entries)" "$address joe $kind" "  is recorded"
		authmap remove $address >/dev/null
	done
	client $kind 127.0.0.1 "$port" --from 203.0.113.7 --password no \
		>/dev/null
	is "$(entries)" "" "  a wrong password is not"
done
client imap 127.0.0.1 "$IMAP" >/dev/null
is "$?, $(entries)" "0, " "a login from this host is not recorded"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 --user 'joe*boss' \
	--password master >/dev/null
is "$?, $(entries)" "0, " "nor is that of a master user"
within 5 no_keepers
is $? 0 "  no process is left"
is "$(grep -v ": granted " "$S/log")" "" "  nothing went wrong"
unlike "$(cat "$S/d/log")" "Error|Warning|Fatal|Panic" "  Dovecot says so, too"

for kind in imap pop3; do
	stays $kind 203.0.113.9
	first=$(authmap lookup 203.0.113.9 | cut -f 4)
	within 20 alive_since 203.0.113.9 $((first + 5))
	is $? 0 "$kind: a session keeps its entry beyond the window"
	is "$(keepers)" 1 "  by one process"
	now=$(date +%s)
	ended $session
	within 5 no_keepers
	is $? 0 "  which ends with it"
	alive_since 203.0.113.9 "$now"
	is $? 0 "  and has refreshed the entry at its end"
	within 10 absent 203.0.113.9
	is $? 0 "  the entry ends a window later"
done

echo "no block" >"$S/state/relay.blocks"
chmod 644 "$S/state/relay.blocks"
stays imap 203.0.113.12
: >"$S/state/relay.blocks"
within 20 authmap lookup 203.0.113.12
is $? 0 "a login that could not be recorded is retried"
ended $session

quickly() {			# quickly FROM NAME
	like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from "$1" --time)" \
		"^[01]\.[0-9]+$" "a login succeeds: $2"
}
: >"$S/log"
mv "$S/run" "$S/away"
quickly 203.0.113.10 "no folder"
mv "$S/away" "$S/run"
flock --no-fork "$S/run/relay.lock" sleep 600 &
holder=$!
started $holder
within 5 sh -c "! flock -n '$S/run/relay.lock' true"
quickly 203.0.113.10 "the lock is held for ever"
ended $holder
told "203.0.113.10 is not recorded: .*relay.lock: No " "  syslog is told why"
cp "$CONF" "$S/good.conf"
sed -i 's/^window = .*/window = for ever/' "$CONF"
quickly 203.0.113.11 "the configuration is wrong"
mv "$S/good.conf" "$CONF"
told "authmap.conf:[0-9]+: window: \"for ever\"" "  syslog is told why"
absent 203.0.113.11
is $? 0 "  which records nobody"
within 5 no_keepers
is $? 0 "  no process is left"

: >"$S/log"
run() {
	# shellcheck disable=SC2086 # words are meant
	unshare -m $private "$S/logged" env -i PATH="$PATH" "$@" \
		"$S/authmap" -c "$CONF" record --postlogin -- echo runs
}
is "$(run)" runs "without an environment, the program runs"
told "IP is not set: not recorded" "  syslog is told"
is "$(run IP=203.0.113.13 </dev/null)" runs "without a user, too"
told "USER is not set: not recorded" "  syslog is told"
is "$(run IP=here USER=joe </dev/null)" runs "and with what is no address"
told "IP: \"here\" is no address" "  syslog is told"
is "$(run IP=203.0.113.13 USER=joe </dev/null)" runs "and without a client"
told "standard input is not the client: not recorded" "  syslog is told"

# A process that has served a session waits for the next.
restart reuse
stays imap 203.0.113.20
first=$session
stays imap 203.0.113.21
is "$(keepers)" 2 "processes are used again: each session has a keeper"
ended "$first"
within 10 absent 203.0.113.20
is $? 0 "  when one ends, its entry does"
alive "$(serves 203.0.113.20)"
is $? 0 "  while its process goes on"
since=$(authmap lookup 203.0.113.21 | cut -f 4)
within 10 alive_since 203.0.113.21 $((since + 4))
is $? 0 "  the other's is kept"
ended "$session"
within 10 no_keepers
is $? 0 "  no process is left"

restart hibernate
stays imap 203.0.113.22 --idle
process=$(serves 203.0.113.22)
gone() {
	! alive "$process"
}
within 20 gone
is $? 0 "a session is hibernated: its process is gone"
since=$(date +%s)
within 10 alive_since 203.0.113.22 $((since + 4))
is $? 0 "  its entry is kept"
ended "$session"
within 10 no_keepers
is $? 0 "  until it ends"

# Over TLS, Dovecot's processes talk over a UNIX socket with each other.
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 \
	-keyout "$S/key" -out "$S/cert" 2>/dev/null
IMAP_TLS=$(free_ports 1)
restart tls
"$CLIENT" imap 127.0.0.1 "$IMAP_TLS" --from 203.0.113.23 --tls --hold 60 \
	>"$S/session-tls" 2>&1 &
session=$!
started $session
within 10 authmap lookup 203.0.113.23
is $? 0 "a login over TLS is recorded"
first=$(authmap lookup 203.0.113.23 | cut -f 4)
within 20 alive_since 203.0.113.23 $((first + 5))
is $? 0 "  its session keeps the entry beyond the window"
ended $session
within 5 no_keepers
is $? 0 "  its keeper ends with it"
done_testing
