#!/bin/sh
# SPDX-License-Identifier: ISC
# A session with one of UW's servers keeps its entry valid, by a process that may
# write the map and ends with the session.  An error does not affect the login.
# Without /etc/authmap.conf, nothing is done.
. "$(dirname "$0")/../lib/tap.sh"
uses uw

begin "window = 3s"
uw_start || skip_all "UW's servers cannot be built here: $(tail -n 1 "$S/uw.make")"
theirs=/proc/$uw/root/etc/authmap.conf

# session PROTOCOL PORT ADDRESS [OPTION ...]: logs in and stays, as $session.
session() {
	protocol=$1 port=$2 address=$3
	shift 3
	: >"$S/session"
	nsenter -t "$uw" -n "$CLIENT" "$protocol" 127.0.0.1 "$port" \
		--bind "$address" --hold 9999 "$@" >"$S/session" &
	session=$!
	started $session
	within 10 test -s "$S/session"
	ok $? "$protocol $*: a client logs in and stays"
}

# Print USER PID of each process that a login has started, except socat.
processes() {
	ps -eo user:20=,pid=,args= | awk -v p="$O/uw/" 'index($3, p) == 1 &&
		$4 == "" { print $1, $2 }'
}

keepers() {
	processes | awk -v u="$MAP_USER" '$1 == u { print $2 }'
}

none_left() {
	[ -z "$(processes)" ]
}

one_keeper() {
	[ "$(keepers | wc -l)" = 1 ]
}

over() {
	! authmap lookup "$1"
}

# story PROTOCOL PORT ADDRESS [OPTION ...]
story() {
	session "$@"
	within 10 one_keeper
	ok $? "  one process keeps its entry"
	is "$(sed -n 's/^CapEff:[	0]*//p' "/proc/$(keepers)/status")" "" \
		"  without privileges of root"
	is "$(cd "/proc/$(keepers)/fd" && echo ./*)" "./0 ./1 ./2 ./3" \
		"  and without the client's connection"
	within 20 alive_since "$3" $(($(seen "$3") + 4))
	ok $? "  longer than the window"
	left=$(date +%s)
	ended $session
	within 5 none_left
	ok $? "  and ends with the session"
	alive_since "$3" "$left"
	ok $? "  and the entry stays"
	within 10 over "$3"
	ok $? "  for a window"
}
story imap 143 203.0.113.1 --idle
story pop3 110 203.0.113.3
story imap 993 203.0.113.4 --tls

# The server sees only the user's folder.
printf '%s\n' "I accept the risk" "set chroot-server 1" \
	>"/proc/$uw/root/etc/c-client.cf"
story imap 143 203.0.113.5
rm "/proc/$uw/root/etc/c-client.cf"

session imap 143 203.0.113.6
server=$(processes | awk '$1 == "20001" || $1 == "joe" { print $2 }')
# The server's socket to the keeper is the one that it opened last.
socket=$(ls -l "/proc/$server/fd" | sed -n 's/.* \([0-9]*\) -> socket:.*/\1/p' |
	sort -n | tail -n 1)
like "$(cat "/proc/$server/fdinfo/$socket")" "^flags:.*02[0-7]{6}$" \
	"programs that the server runs do not get the keeper's socket"
authmap remove 203.0.113.6 >/dev/null
within 4 authmap lookup 203.0.113.6
ok $((! $?)) "a session does not bring back a removed entry"
kill -KILL "$server"
within 5 none_left
ok $? "a killed server leaves no process"
ended $session

session imap 143 203.0.113.6
within 10 one_keeper
keeper=$(keepers)
kill "$keeper"
within 5 gone "$keeper"
ok $? "  and the keeper does not have the server's signal handlers"
uw_client imap 127.0.0.1 143 --bind 203.0.113.6 >/dev/null
ok $? "other users log in"
ended $session
within 5 none_left

unlike "$(cat "$S/uw/log")" "authmap: [^g]" "no error was logged"

# login_in_time ADDRESS NAME: a login takes not much longer than lock_timeout.
login_in_time() {
	at_best 2 uw_client imap 127.0.0.1 143 --bind "$1" --time
	ok $? "$2: a client logs in, in $took s"
}

logged() {
	within 5 grep -qE "$1" "$S/uw/log"
	ok $? "  it is logged: $1"
}

hold_lock
login_in_time 203.0.113.7 "the lock is held"
logged "imapd.*authmap: 203.0.113.7 is not recorded: .*relay.lock: another process holds it"
authmap lookup 203.0.113.7
is $? 1 "  and may not relay yet"
ended "$holder"

# A login that could not be recorded is retried with its own time.
authmap_conf "window = 30s"
cp "$CONF" "$theirs"
echo "no block" >"$S/state/relay.blocks"
chmod 644 "$S/state/relay.blocks"
session imap 143 203.0.113.21
removed=$session
logged "imapd.*authmap: 203.0.113.21 is not recorded: .*relay.blocks:1"
session pop3 110 203.0.113.22 --user amy
blocked=$session
session imap 143 203.0.113.23
left=$session
three_keepers() {
	[ "$(keepers | wc -l)" = 3 ]
}
within 10 three_keepers
ok $? "three logins could not be recorded"
: >"$S/state/relay.blocks"
authmap remove 203.0.113.21 >/dev/null 2>&1
authmap block amy >/dev/null
authmap unblock amy
within 60 authmap lookup 203.0.113.23
ok $? "the block list is corrected: a retry succeeds"
ended "$removed" "$blocked" "$left"
within 20 none_left
ok $? "the sessions end, with a last attempt"
authmap lookup 203.0.113.23 >/dev/null
ok $? "  the recorded address stays"
is "$(entries | grep -E "203.0.113.2[12] ")" "" \
	"  an address that was removed or blocked meanwhile is not recorded"

authmap_conf
cp "$CONF" "$theirs"
uw_client imap 127.0.0.1 143 --bind 203.0.113.8 >/dev/null
authmap lookup 203.0.113.8 >/dev/null
ok $? "a client logs in with a longer window"

mv "$S/run" "$S/away"
login_in_time 203.0.113.9 "the folder is missing"
logged "imapd.*authmap: 203.0.113.9 is not recorded: .*relay.lock: No such file"
mv "$S/away" "$S/run"

sed 's/^user = .*/user = nobody-there/' "$CONF" >"$theirs"
login_in_time 203.0.113.10 "the keeper's user does not exist"
authmap lookup 203.0.113.10 >/dev/null
ok $? "  and may relay"
logged 'authmap.*there is no user "nobody-there"'

echo "exclude = nonsense" >>"$theirs"
login_in_time 203.0.113.11 "the configuration is wrong"
logged "imapd.*authmap: /etc/authmap.conf:5: exclude"
authmap lookup 203.0.113.11
is $? 1 "  and may not relay"

sed '$s/.*/exlude = 203.0.113.0\/24/' "$theirs" >"$S/slip"
cat "$S/slip" >"$theirs"
login_in_time 203.0.113.11 "the name of a setting is wrong"
logged "imapd.*authmap: /etc/authmap.conf:5: there is no setting \"exlude\""
authmap lookup 203.0.113.11
is $? 1 "  and may not relay"

rm "$theirs"
within 10 none_left
before=$(ls -l --time-style=full-iso "$S/run"; wc -l <"$S/uw/log")
session imap 143 203.0.113.12
is "$(processes | wc -l)" 1 "without a configuration, no keeper is started"
ended $session
session pop3 110 203.0.113.13
ended $session
within 5 none_left
last_is_ipop3d() {
	tail -n 1 "$S/uw/log" | grep -q ipop3d
}
within 10 last_is_ipop3d
ok $? "  the server works"
is "$(ls -l --time-style=full-iso "$S/run")" "$(echo "$before" | sed '$d')" \
	"  and no file is written"
is "$(tail -n "+$(echo "$before" | tail -n 1)" "$S/uw/log" | sed 1d |
	grep authmap)" "" "  nor logged"
done_testing
