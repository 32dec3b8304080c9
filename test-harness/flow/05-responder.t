#!/bin/sh
# SPDX-License-Identifier: ISC
# The responder as a daemon: its sockets and their modes, handed over or made
# by itself, who is told users' names, reload, and its end.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

ask() {
	"$TOP/test-harness/programs/socketmap" "$@" 2>&1
}
modes() {
	stat -c '%a %U %G' "$@"
}
# Others may not be able to read the tree.
cp "$TOP/test-harness/programs/socketmap" "$S/asker"
as() {
	setpriv --reuid="$1" --regid="$1" --clear-groups \
		"$S/asker" "$SOCKET" "$2"
}
D=$O/authmap-socketmapd

like "$("$D" --help)" "^usage: authmap-socketmapd " "--help"
like "$("$D" --version)" "^authmap-socketmapd [0-9]" "--version"
"$D" --nonsense 2>/dev/null
is $? 2 "an option that there is not"
"$D" --once 2>/dev/null
is $? 2 "  nor for this one"
echo "nonsense" >"$CONF"
like "$("$D" -f -c "$CONF" 2>&1)" "$CONF:1: no \"=\"" "a wrong configuration"

# Made by itself.
PORT=$(low_port)
begin "socket = $SOCKET $S/other/sock inet:127.0.0.1:$PORT"
authmap record 203.0.113.7 joe imap
responder_start "$CLOCKED"
is "$(modes "$S/socketmap")" "755 $MAP_USER $MAP_GROUP" "its folder"
is "$(modes "$SOCKET")" "666 $MAP_USER $MAP_GROUP" "its socket"
is "$(ps -o user= -p "$responder" | tr -d ' ')" "$MAP_USER" "its user"
is "$(ask "$SOCKET" "popauth 203.0.113.7" "user 203.0.113.7" "x y")" \
	"OK OK
OK joe
PERM unknown table: use relay, popauth, user or popuser" "answers on one connection"
is "$(ask "$S/other/sock" "relay 203.0.113.8")" "NOTFOUND " "on another socket"
is "$(ask "inet:127.0.0.1:$PORT" "relay 203.0.113.7")" "OK OK" "over TCP"
is "$(ask --raw "$SOCKET" "19:popauth 203.0.113.7,")" "OK OK" \
	"who half-closes has his answer"
like "$(ask --raw "$SOCKET" "GET / HTTP/1.0")" "^PERM " "a bad frame"

# Who is told names.
is "$(as 33 "user 203.0.113.7")" "OK joe" "a system account is told names"
like "$(as 1033 "user 203.0.113.7")" "^PERM this client may not" \
	"a person is not"
is "$(as 1033 "relay 203.0.113.7")" "OK OK" "  only whether it may relay"
like "$(ask "inet:127.0.0.1:$PORT" "user 203.0.113.7")" "^PERM " \
	"nor is one over TCP"

# What it finds is what is in the map just now.
authmap remove 203.0.113.7 >/dev/null
is "$(ask "$SOCKET" "relay 203.0.113.7")" "NOTFOUND " "removed"
authmap record 203.0.113.7 amy pop3
is "$(ask "$SOCKET" "user 203.0.113.7")" "OK amy" "somebody else"
clock +31m
is "$(ask "$SOCKET" "relay 203.0.113.7")" "NOTFOUND " "over"
clock +0s

# Reload.
authmap_conf "socket = $SOCKET" "static = 198.51.100.0/24" "user_map = all"
kill -HUP "$responder"
within 5 grep -q "conf: reloaded" "$S/responder.log"
is "$(ask "$SOCKET" "relay 198.51.100.1")" "OK OK" "SIGHUP: static networks"
is "$(as 1033 "user 203.0.113.7")" "OK amy" "  user_map = all"
mkfifo "$S/later"
"$TOP/test-harness/programs/socketmap" --wait "$SOCKET" "user 203.0.113.7" \
	<"$S/later" >"$S/told" &
told=$!
started $told
exec 9>"$S/later"
within 5 grep -q "OK amy" "$S/told"
authmap_conf "socket = $SOCKET" "static = 198.51.100.0/24" "user_map = none" \
	"max_connections = 5000"
kill -HUP "$responder"
within 5 sh -c "[ \$(grep -c 'conf: reloaded' '$S/responder.log') = 2 ]"
exec 9>&-
wait $told
like "$(tail -n 1 "$S/told")" "closed|failed" \
	"  user_map = none: who was told names is told no more"
is "$(ask "$SOCKET" "relay 203.0.113.7")" "OK OK" "  others are answered"
authmap_conf "socket = $SOCKET" "statik = 198.51.100.0/24"
kill -HUP "$responder"
within 5 grep -q "keeping the running" "$S/responder.log"
is $? 0 "a wrong configuration is not taken"
is "$(ask "$SOCKET" "relay 198.51.100.1")" "OK OK" "  the old one goes on"

# One at a time, and nothing is overwritten.
authmap_conf "socket = $SOCKET"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" "another process listens there already" \
	"a second responder does not take the socket"
is "$(ask "$SOCKET" "relay 203.0.113.7")" "OK OK" "  from the first"
responder_stop
test ! -e "$SOCKET"
ok $? "the socket is gone in the end"
echo precious >"$SOCKET"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" "$SOCKET: is not a socket" \
	"a file in its place"
is "$(cat "$SOCKET")" precious "  is left alone"
rm "$SOCKET"
responder_start
kill -9 "$responder"
wait "$responder" 2>/dev/null
test -S "$SOCKET"
ok $? "one that was killed leaves its socket"
rm -f "$S/responder.log"
"$D" -f -c "$CONF" 2>>"$S/responder.log" &
responder=$!
started $responder
within 5 sh -c "$TOP/test-harness/programs/socketmap '$SOCKET' 'relay 203.0.113.7' | grep OK"
is $? 0 "  which the next one takes over"
responder_stop

authmap_conf "socket = $SOCKET" "socket_mode = 0660" "socket_group = mail"
responder_start
is "$(modes "$SOCKET")" "660 $MAP_USER mail" "socket_mode, socket_group"
like "$(as 33 "relay 203.0.113.7")" "Permission denied" "  keep others out"
responder_stop
authmap_conf "socket = $SOCKET" "socket_group = no-such-group"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" 'no group "no-such-group"' \
	"a group that there is not"
# Root does nothing in a folder of another, who could have laid traps there.
mkdir "$S/rootonly" "$S/trap"
chmod 755 "$S/rootonly"
echo precious >"$S/rootonly/file"
ln -s "$S/rootonly" "$S/trap/a"
ln -s "$S/rootonly/file" "$S/trap/sock"
chown -R -h "$MAP_USER" "$S/trap"
authmap_conf "socket = $S/trap/a/b/sock"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" "trap/a/b: cannot be made" \
	"a planted link to a folder"
is "$(ls "$S/rootonly")" file "  is not followed"
authmap_conf "socket = $S/rootonly/sock"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" \
	"rootonly/sock: cannot be made: the daemon.s user must be able to write" \
	"a folder that is only root's"
authmap_conf "socket = $S/trap/sock"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" "trap/sock: is not a socket" \
	"a planted link to a file"
is "$(cat "$S/rootonly/file") $(modes "$S/rootonly/file")" \
	"precious 644 root root" "  is not followed"
authmap_conf "socket = $S/no/such/folder/sock"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" "$S/no/such/folder: cannot be made" \
	"a folder that cannot be made"

# Handed over, as systemd does, which is told when it is ready.
authmap_conf "socket = $S/handed.sock $SOCKET" "idle_timeout = 1s"
python3 - "$D" "$CONF" "$S" <<-'EOF' >"$S/handed" 2>&1 &
	import os, socket, sys
	notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	notify.bind(sys.argv[3] + '/notify')
	notify.settimeout(10)
	os.chmod(sys.argv[3] + '/notify', 0o666)
	s = socket.socket(socket.AF_UNIX)
	s.bind(sys.argv[3] + '/handed.sock')
	os.chmod(sys.argv[3] + '/handed.sock', 0o666)
	s.listen(5)
	pid = os.fork()
	if pid == 0:
	    os.dup2(s.fileno(), 3)
	    os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()),
	                      NOTIFY_SOCKET=sys.argv[3] + '/notify')
	    os.execl(sys.argv[1], sys.argv[1], '-f', '-c', sys.argv[2])
	print(pid, notify.recv(100).decode(), flush=True)
	sys.exit(os.waitpid(pid, 0)[1])
	EOF
started $!
within 10 grep -q READY "$S/handed"
like "$(cat "$S/handed")" "READY=1" "a service manager is told"
started "$(cut -d ' ' -f 1 "$S/handed")"
is "$(ask "$S/handed.sock" "relay 203.0.113.7")" "OK OK" \
	"on the socket that it handed over"
test ! -e "$SOCKET"
ok $? "  and no other"
like "$(cat "$S/handed")" "add ListenStream=$SOCKET to authmap-socketmapd" \
	"  which is said"
unlike "$(cat "$S/handed")" "ListenStream=$S/handed.sock" \
	"  of those that are configured and were not"
is "$(timeout 30 python3 -c "
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('$S/handed.sock')
print(s.recv(1))")" "b''" "who says nothing for idle_timeout is let go"

# Any local user may listen on a port from 1024 on, and would let anybody relay
# there while the responder is down.
HIGH=$(free_ports 1)
cat >"$S/liar" <<-'EOF'
	import os, socket, sys
	os.setuid(1033)
	s = socket.create_server(('127.0.0.1', int(sys.argv[1])))
	print('there', flush=True)
	while True:
	    c = s.accept()[0]
	    c.recv(1000)
	    c.sendall(b'5:OK OK,')
	    c.close()
	EOF
python3 "$S/liar" "$HIGH" >"$S/liar.out" 2>&1 &
started $!
within 10 test -s "$S/liar.out"
is "$(ask "inet:127.0.0.1:$HIGH" "relay 192.0.2.66")" "OK OK" \
	"a local user says OK to all on a port of his"
authmap_conf "socket = inet:127.0.0.1:$HIGH"
cp "$CONF" "$S/high.conf"
chmod 644 "$S/high.conf"
cp "$O/authmap" "$O/table-authmap" "$S"
below="must have a port below 1024"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" "$below" \
	"  where the responder does not start"
# shellcheck disable=SC2016 # the inner shell fills it in
is "$(setpriv --reuid=1034 --regid=1034 --clear-groups \
	env TCPREMOTEIP=192.0.2.66 "$S/authmap" -c "$S/high.conf" relaylock -- \
	sh -c 'echo "${RELAYCLIENT-refused}"' 2>"$S/said")" "refused" \
	"  authmap relaylock does not believe it"
like "$(cat "$S/said")" "$below" "  and says why"
like "$(echo 'table|0.1|1.2|check|netaddr|192.0.2.66' |
	setpriv --reuid=1034 --regid=1034 --clear-groups \
	"$S/table-authmap" "$S/high.conf" 2>&1)" "$below" \
	"  nor does table-authmap"
like "$(authmap check 2>&1)" "$below" "  and authmap check says so"

# A socket that was handed over, likewise.
authmap_conf "socket = $SOCKET"
like "$(timeout 30 python3 - "$D" "$CONF" <<-'EOF' 2>&1
	import os, socket, sys
	s = socket.create_server(('127.0.0.1', 0))
	os.dup2(s.fileno(), 3)
	os.set_inheritable(3, True)
	os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
	os.execl(sys.argv[1], sys.argv[1], '-f', '-c', sys.argv[2])
	EOF
	)" "refused: .* choose a port below 1024" \
	"a high port that is handed over: the responder does not start"

# In the background.
authmap_conf "socket = $SOCKET"
"$D" -c "$CONF" -p "$S/pid"
within 5 test -s "$S/pid"
responder=$(cat "$S/pid")
started "$responder"
is "$(ask "$SOCKET" "relay 203.0.113.7")" "OK OK" "in the background"
like "$("$D" -c "$CONF" -p "$S/pid" 2>&1)" "another process listens|already running" \
	"  once"
kill "$responder"
within 5 sh -c "! kill -0 $responder 2>/dev/null"
is "$(cat "$S/pid" 2>/dev/null)" "" "  until it is told to stop"
done_testing
