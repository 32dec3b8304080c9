#!/bin/sh
# SPDX-License-Identifier: ISC
# Dovecot without the plugin: a post-login script records each login before the
# client gets the reply, keeps its entry valid during the session, and never stops a
# login.
. "$(dirname "$0")/../lib/tap.sh"
uses postlogin

begin
SITE="auth_mechanisms = plain anonymous"
restart
account="{PLAIN}pw:20001:20001::$S/d/mail/joe:"
printf "%s:$account:%s\n" alias user=joe anonymous "" >>"$S/d/passwd"

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
is "$?, $(entries)" "0, " "nor is a login of a master user"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 --auth ANONYMOUS >/dev/null
is "$?, $(entries)" "0, " "nor is an anonymous login"
authmap_conf "users = alias"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 >/dev/null
is "$?, $(entries)" "0, " "nor is a login of a user who is not in users"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 --user alias >/dev/null
is "$(entries)" "203.0.113.7 joe imap" "users may have the name that the client gave"
authmap_conf
authmap remove 203.0.113.7 >/dev/null
authmap block alias 2>/dev/null
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 --user alias >/dev/null
is "$?, $(entries)" "0, " "  and a block of this name applies, too"
authmap unblock alias
keepers_end
is $? 0 "  no process is left"
is "$(grep -vE ": (granted|blocked) " "$S/log")" "" "  no error was logged"
unlike "$(cat "$S/d/log")" "Error|Warning|Fatal|Panic" "  and Dovecot has logged none"

authmap_conf "window = 4s"
for kind in imap pop3; do
	stays $kind 203.0.113.9
	first=$(seen 203.0.113.9)
	within 20 alive_since 203.0.113.9 $((first + 5))
	is $? 0 "$kind: a session keeps its entry beyond the window"
	within 5 keepers_are 1
	is $? 0 "  by one process"
	now=$(date +%s)
	ended "$session"
	keepers_end
	is $? 0 "  which ends with it"
	alive_since 203.0.113.9 "$now"
	is $? 0 "  and has refreshed the entry at its end"
	within 10 absent 203.0.113.9
	is $? 0 "  the entry expires a window later"
done

echo "no block" >"$S/state/relay.blocks"
chmod 644 "$S/state/relay.blocks"
stays imap 203.0.113.12
: >"$S/state/relay.blocks"
within 20 authmap lookup 203.0.113.12
is $? 0 "a login that could not be recorded is retried"
ended "$session"

# The session ends within the minute in which a refresh is not worth writing.
rm -r "$S/run" "$S/state"
begin 2>/dev/null
authmap record 203.0.113.14 amy imap
authmap_conf "max_entries = 1"
stays imap 203.0.113.15
absent 203.0.113.15
is $? 0 "the map is full: a login is not recorded"
clock +31m
"$CLOCKED" "$O/authmap-sweeper" -c "$CONF" --once
clock +0s
absent 203.0.113.14
is $? 0 "  a sweep removes the expired entry"
ended "$session"
within 10 authmap lookup 203.0.113.15
is $? 0 "  but when its session ends, if there is room then"
authmap remove 203.0.113.15 >/dev/null
keepers_end
authmap_conf "window = 30m"

quickly() {			# quickly FROM NAME
	at_best 2 client imap 127.0.0.1 "$IMAP_PROXY" --from "$1" --time
	ok $? "a login succeeds: $2"
}
: >"$S/log"
mv "$S/run" "$S/away"
quickly 203.0.113.10 "the folder is missing"
mv "$S/away" "$S/run"
chmod 700 "$S/run"
quickly 203.0.113.10 "the folder is not writable"
told "203.0.113.10 is not recorded: .*relay.lock: Permission" "  the reason is logged"
chmod 2771 "$S/run"
flock --no-fork "$S/run/relay.lock" sleep 600 &
holder=$!
started $holder
within 5 sh -c "! flock -n '$S/run/relay.lock' true"
quickly 203.0.113.10 "the lock is held"
ended $holder
told "203.0.113.10 is not recorded: .*relay.lock: No " "  the reason is logged"
cp "$CONF" "$S/good.conf"
sed -i 's/^window = .*/window = for ever/' "$CONF"
quickly 203.0.113.11 "the configuration is wrong"
mv "$S/good.conf" "$CONF"
kill -STOP "$syslogd"
python3 - "$S/syslog" <<'EOF'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(sys.argv[1])
s.setblocking(False)
try:
    while True:
        s.send(b'full')
except BlockingIOError:
    pass
EOF
like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.24)" "Logged in" \
	"a login succeeds: the syslog daemon hangs"
like "$(authmap lookup 203.0.113.24)" "joe" "  and is recorded"
mv "$S/run" "$S/away"
like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.24)" "Logged in" \
	"  and one that cannot be recorded succeeds, too"
mv "$S/away" "$S/run"
kill -CONT "$syslogd"
told "authmap.conf:[0-9]+: window: \"for ever\"" "  the reason is logged"
absent 203.0.113.11
is $? 0 "  which records no login"
keepers_end
is $? 0 "  no process is left"

: >"$S/log"
run() {
	# shellcheck disable=SC2086 # words are meant
	$OWN_MOUNTS "$S/logged" env -i PATH="$PATH" "$@" \
		"$S/authmap" -c "$CONF" record --postlogin -- echo runs
}
is "$(run)" runs "without an environment, the program runs"
told "IP is not set: not recorded" "  which is logged"
is "$(run IP=203.0.113.13 </dev/null)" runs "without a user, too"
told "USER is not set: not recorded" "  which is logged"
is "$(run IP=here USER=joe </dev/null)" runs "and with text that is no address"
told "IP: \"here\" is not an address" "  which is logged"
is "$(run IP=203.0.113.13 USER=joe </dev/null)" runs "and without a client"
told "standard input is not the client's connection: not recorded" "  which is logged"
done_testing
