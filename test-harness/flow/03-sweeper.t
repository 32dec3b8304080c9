#!/bin/sh
# SPDX-License-Identifier: ISC
# The daemon: its folders, its user, its sweeps, its signals.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

said() {
	grep -q -- "$1" "$S/sweeper.log"
}

authmap_conf "sweep_interval = 1s" "window = 10m"
# A service manager's socket, whose messages are kept.
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
is $? 0 "it notifies the service manager when it is ready"
is "$(stat -c '%U:%G %a' "$S/run")" "$MAP_USER:$MAP_GROUP 2770" \
	"the map's folder has its owner and mode"
is "$(stat -c '%U:%G %a' "$S/state")" "$MAP_USER:$MAP_GROUP 2750" \
	"so has the state's folder"
is "$(stat -c '%U:%G %a' "$S/run/relay.gdbm")" "$MAP_USER:$MAP_GROUP 660" \
	"and the map"
is "$(stat -c %a "$S/run/relay.beat" "$S/run/relay.lock" | sort -u)" 660 \
	"a user outside the group can neither open nor lock the lock files"
is "$(ps -o user= -p "$sweeper" | tr -d ' ')" "$MAP_USER" \
	"it runs as its user"

folder_is() {
	[ "$(stat -c %a "$S/run")" = "$1" ]
}
authmap_conf "sweep_interval = 1s" "window = 10m" "map_mode = 0664"
kill -HUP "$sweeper"
within 5 folder_is 2771
ok $? "map_mode = 0664: an MTA outside the group can reach the map"
like "$(authmap check)" "^ok +folder" "  which check reports as correct"
authmap_conf "sweep_interval = 1s" "window = 10m"
like "$(authmap check)" "^warning +folder .*shows every local user.*chmod 2770" \
	"  without map_mode, authmap check warns"
kill -HUP "$sweeper"
within 5 folder_is 2770
ok $? "  and the MTA cannot any more"
authmap_conf "sweep_interval = 1s" "window = 10m" "map_mode = 0664"
like "$(authmap check)" "^wrong +folder .*closed to an MTA.*chmod 2771" \
	"  with map_mode again, authmap check reports that it cannot"
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
is $? 0 "new entries are saved"
# More than the sweeper stores at once.
for _ in $(seq 300); do
	printf '\n+ 203.0.113.9 %010d %010d imap amy\n' $(($(date +%s) + 600)) \
		"$(date +%s)"
done >"$S/pending"
printf '\n+ 203.0.113.8 %010d %010d imap amy\n' $(($(date +%s) + 600)) \
	"$(date +%s)" >>"$S/pending"
chown "$MAP_USER" "$S/pending"
mv "$S/pending" "$S/run/relay.pending"
within 5 authmap lookup 203.0.113.8
is $? 0 "a login that authmap 0.1 left is stored"
clock +11m
within 5 sh -c "test -z \"\$(gdbmtool -r $S/run/relay.gdbm list)\""
is $? 0 "expired entries are removed"
clock +0s
authmap record 203.0.113.7 joe imap
clock -1h
within 5 "$CLOCKED" "$O/authmap" -c "$CONF" lookup 203.0.113.7
is $? 0 "the clock is set back: the entry is corrected"
is "$("$CLOCKED" "$O/authmap" -c "$CONF" lookup 203.0.113.7 |
	awk '$5 > 300 && $5 <= 600 { print "window" }')" "window" \
	"  to a window from now"
clock +0s

sed -i 's/^sweep_interval = .*/sweep_interval = soon/' "$CONF"
kill -HUP "$sweeper"
within 5 said "keeping the running"
is $? 0 "SIGHUP: with errors, the running configuration is kept"
like "$(cat "$S/sweeper.log")" "authmap.conf:5: sweep_interval: \"soon\" must" \
	"  and the error is logged"
authmap_conf "sweep_interval = 1h"
kill -HUP "$sweeper"
within 5 said "authmap.conf: reloaded"
is $? 0 "  a correct one is loaded"
authmap record 203.0.113.9 bob imap
kill -TERM "$sweeper"
wait "$sweeper"
is $? 0 "SIGTERM: it ends"
like "$(cat "$S/state/relay.saved")" "^= 203.0.113.9 .* bob$" \
	"  after saving the state"
within 5 grep -q STOPPING "$S/notified"
like "$(cat "$S/notified")" "STOPPING=1" "  and logs that"

rm -r "$S/run"
sweep 2>/dev/null
authmap lookup 203.0.113.9 >/dev/null
is $? 0 "after a reboot, the saved state is restored"

# A member of the group may have left many.
touch -d '-1 hour' "$S/run/relay.lock.tmp-0123abcd"
hold_lock
sweep 2>"$S/said" &
waiting=$!
within 10 test ! -e "$S/run/relay.lock.tmp-0123abcd"
is $? 0 "old temporary files are removed before the lock is taken"
ended "$holder"
wait $waiting
is "$?, $(cat "$S/said")" "0, " "  and then the map is swept"

(cd "$S" && "$O/authmap-sweeper" -c authmap.conf -p "$S/pid")
within 5 test -s "$S/pid"
daemon=$(cat "$S/pid")
started "$daemon"
alive "$daemon"
is $? 0 "as a daemon, it has a pidfile"
is "$(stat -c %a "$S/pid")" 644 "  that all users can read"
like "$("$O/authmap-sweeper" -c "$CONF" -p "$S/pid" 2>&1)" \
	"already running as process $daemon" "  and that prevents a second one"
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
is $? 0 "  SIGHUP reads the file that was named relative to the start folder"
ended "$daemon"
is "$(cat "$S/pid" 2>/dev/null)" "" "  it removes the pidfile"
like "$("$O/authmap-sweeper" extra 2>&1)" "^usage: " "usage"

sed -i "s/^user = .*/user = no-such-user/" "$CONF"
like "$(sweep 2>&1)" 'there is no user "no-such-user": make it' "a user that does not exist"
authmap_conf "state_dir = $S/none/state"
like "$(sweep 2>&1)" "none/state: cannot be created: No such file" "a folder that does not exist"
done_testing
