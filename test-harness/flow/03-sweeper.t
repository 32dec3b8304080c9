#!/bin/sh
# SPDX-License-Identifier: ISC
# The daemon: its folders, its user, what it does each time, its signals.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

said() {
	grep -q -- "$1" "$S/sweeper.log"
}

authmap_conf "sweep_interval = 1s" "window = 10m"
# A service manager's socket that keeps what it is told.
python3 - "$S/notify" "$S/notified" <<'EOF' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    with open(sys.argv[2], 'ab') as out:
        out.write(s.recv(100) + b'\n')
EOF
started $!
within 5 test -S "$S/notify"
chmod 777 "$S/notify"

NOTIFY_SOCKET=$S/notify
export NOTIFY_SOCKET
sweeper_start "$CLOCKED"
unset NOTIFY_SOCKET
within 5 grep -q READY=1 "$S/notified"
is $? 0 "it says that it is ready"
is "$(stat -c '%U:%G %a' "$S/run")" "$MAP_USER:$MAP_GROUP 2770" \
	"the map's folder has its owner and mode"
is "$(stat -c '%U:%G %a' "$S/state")" "$MAP_USER:$MAP_GROUP 2750" \
	"so has the state's"
is "$(stat -c '%U:%G %a' "$S/run/relay.gdbm")" "$MAP_USER:$MAP_GROUP 660" \
	"and the map"
is "$(stat -c %a "$S/run/relay.beat" "$S/run/relay.lock" | sort -u)" 660 \
	"nobody outside the group can open, and so lock, the lock files"
is "$(ps -o user= -p "$sweeper" | tr -d ' ')" "$MAP_USER" \
	"it runs as its user"

folder_is() {
	[ "$(stat -c %a "$S/run")" = "$1" ]
}
authmap_conf "sweep_interval = 1s" "window = 10m" "map_mode = 0664"
kill -HUP "$sweeper"
within 5 folder_is 2771
ok $? "an MTA outside the group may read the map: it can pass through the folder"
like "$(authmap check)" "^ok +folder" "  as it should be"
authmap_conf "sweep_interval = 1s" "window = 10m"
like "$(authmap check)" "^warning +folder .*tells every local user.*chmod 2770" \
	"  no more: authmap check warns"
kill -HUP "$sweeper"
within 5 folder_is 2770
ok $? "  nor can it"
authmap_conf "sweep_interval = 1s" "window = 10m" "map_mode = 0664"
like "$(authmap check)" "^wrong +folder .*cannot be passed.*chmod 2771" \
	"  it can not, and should: authmap check says so"
chmod 2750 "$S/run"
kill -HUP "$sweeper"
within 5 sh -c "[ \$(grep -c 'conf: reloaded' '$S/sweeper.log') = 3 ]"
authmap_conf "sweep_interval = 1s" "window = 10m"
kill -HUP "$sweeper"
within 5 sh -c "[ \$(grep -c 'conf: reloaded' '$S/sweeper.log') = 4 ]"
folder_is 2750
ok $? "  any other mode is the administrator's"
chmod 2770 "$S/run"

authmap record 203.0.113.7 joe imap
within 5 grep -q "^= 203.0.113.7 " "$S/state/relay.saved"
is $? 0 "what is new is saved"
# Longer than what the sweeper stores at once.
for _ in $(seq 300); do
	printf '\n+ 203.0.113.9 %010d %010d imap amy\n' $(($(date +%s) + 600)) \
		"$(date +%s)"
done >"$S/pending"
printf '\n+ 203.0.113.8 %010d %010d imap amy\n' $(($(date +%s) + 600)) \
	"$(date +%s)" >>"$S/pending"
chown "$MAP_USER" "$S/pending"
mv "$S/pending" "$S/run/relay.pending"
within 5 authmap lookup 203.0.113.8
is $? 0 "a login that authmap 0.1 left waiting is stored"
clock +11m
within 5 sh -c "test -z \"\$(gdbmtool -r $S/run/relay.gdbm list)\""
is $? 0 "what is over is dropped"
clock +0s
authmap record 203.0.113.7 joe imap
clock -1h
within 5 "$CLOCKED" "$O/authmap" -c "$CONF" lookup 203.0.113.7
is $? 0 "a clock set back: the entry is pulled back"
is "$("$CLOCKED" "$O/authmap" -c "$CONF" lookup 203.0.113.7 |
	awk '$5 > 590 && $5 <= 600 { print "window" }')" "window" \
	"  to a window from then"
clock +0s

sed -i 's/^sweep_interval = .*/sweep_interval = soon/' "$CONF"
kill -HUP "$sweeper"
within 5 said "keeping the running"
is $? 0 "SIGHUP: a wrong configuration is not taken"
like "$(cat "$S/sweeper.log")" "authmap.conf:5: sweep_interval: \"soon\" must" \
	"  and said"
authmap_conf "sweep_interval = 1h"
kill -HUP "$sweeper"
within 5 said "authmap.conf: reloaded"
is $? 0 "  a right one is"
authmap record 203.0.113.9 bob imap
kill -TERM "$sweeper"
wait "$sweeper"
is $? 0 "SIGTERM: it leaves"
like "$(cat "$S/state/relay.saved")" "^= 203.0.113.9 .* bob$" \
	"  having saved the last"
within 5 grep -q STOPPING "$S/notified"
like "$(cat "$S/notified")" "STOPPING=1" "  and said so"

rm -r "$S/run"
sweep 2>/dev/null
authmap lookup 203.0.113.9 >/dev/null
is $? 0 "after a reboot, the saved state is restored"

(cd "$S" && "$O/authmap-sweeper" -c authmap.conf -p "$S/pid")
within 5 test -s "$S/pid"
daemon=$(cat "$S/pid")
started "$daemon"
alive "$daemon"
is $? 0 "as a daemon, it has a pidfile"
is "$(stat -c %a "$S/pid")" 644 "  that all can read"
like "$("$O/authmap-sweeper" -c "$CONF" -p "$S/pid" 2>&1)" \
	"already running as process $daemon" "  and that keeps a second one away"
chmod 644 "$CONF"
sed -i 's/^sweep_interval = .*/sweep_interval = 1s/' "$CONF"
touch -d '-1 hour' "$S/run/relay.beat"
kill -HUP "$daemon"
fresh() {
	[ "$(stat -c %Y "$S/run/relay.beat")" -gt "$(($(date +%s) - 60))" ]
}
within 5 fresh
touch -d '-1 hour' "$S/run/relay.beat"
within 5 fresh
is $? 0 "  SIGHUP finds the file that was named from another folder"
ended "$daemon"
is "$(cat "$S/pid" 2>/dev/null)" "" "  it leaves no pid behind"
like "$("$O/authmap-sweeper" extra 2>&1)" "^usage: " "usage"

sed -i "s/^user = .*/user = no-such-user/" "$CONF"
like "$(sweep 2>&1)" 'there is no user "no-such-user": make it' "no such user"
authmap_conf "state_dir = $S/none/state"
like "$(sweep 2>&1)" "none/state: cannot be made: No such file" "no such folder"
done_testing
