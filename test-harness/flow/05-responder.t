#!/bin/sh
# SPDX-License-Identifier: ISC
# The responder as a daemon: its sockets, made by itself or by the service manager,
# their modes, the clients that may get names of users, reload, and its end.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

ask() {
	"$TOP/test-harness/programs/socketmap" "$@" 2>&1
}
modes() {
	stat -c '%a %U %G' "$@"
}
# Other users may be unable to read the tree.
cp "$TOP/test-harness/programs/socketmap" "$S/asker"
as() {
	setpriv --reuid="$1" --regid="$1" --clear-groups \
		"$S/asker" "$SOCKET" "$2"
}
D=$O/authmap-socketmapd

like "$("$D" --help)" "^usage: authmap-socketmapd " "--help"
like "$("$D" --version)" "^authmap-socketmapd [0-9]" "--version"
"$D" --nonsense 2>/dev/null
is $? 2 "an unknown option"
"$D" --once 2>/dev/null
is $? 2 "  nor does it start with this one"
echo "nonsense" >"$CONF"
like "$("$D" -f -c "$CONF" 2>&1)" "$CONF:1: no \"=\"" "a wrong configuration"

# Sockets that the responder makes itself.
PORT=$(low_port)
begin "socket = $SOCKET $S/other/sock inet:127.0.0.1:$PORT"
authmap record 203.0.113.7 joe imap
responder_start "$CLOCKED"
is "$(modes "$S/socketmap")" "755 $MAP_USER $MAP_GROUP" "the mode of its folder"
is "$(modes "$SOCKET")" "666 $MAP_USER $MAP_GROUP" "the mode of its socket"
is "$(ps -o user= -p "$responder" | tr -d ' ')" "$MAP_USER" "its user"
is "$(ask "$SOCKET" "popauth 203.0.113.7" "user 203.0.113.7" "x y")" \
	"OK OK
OK joe
PERM unknown table: use relay, popauth, user or popuser" "answers on one connection"
is "$(ask "$S/other/sock" "relay 203.0.113.8")" "NOTFOUND " "on another socket"
is "$(ask "inet:127.0.0.1:$PORT" "relay 203.0.113.7")" "OK OK" "over TCP"
is "$(ask --raw "$SOCKET" "19:popauth 203.0.113.7,")" "OK OK" \
	"a client that half-closes gets its reply"
like "$(ask --raw "$SOCKET" "GET / HTTP/1.0")" "^PERM " "bytes that are no netstring"

# Clients that may get names of users.
is "$(as 33 "user 203.0.113.7")" "OK joe" "a system account gets names"
like "$(as 1033 "user 203.0.113.7")" "^PERM this client may not" \
	"an ordinary account does not"
is "$(as 1033 "relay 203.0.113.7")" "OK OK" "  only whether an address may relay"
like "$(ask "inet:127.0.0.1:$PORT" "user 203.0.113.7")" "^PERM " \
	"nor does a client over TCP"

# The replies follow the map at once.
authmap remove 203.0.113.7 >/dev/null
is "$(ask "$SOCKET" "relay 203.0.113.7")" "NOTFOUND " "removed"
authmap record 203.0.113.7 amy pop3
is "$(ask "$SOCKET" "user 203.0.113.7")" "OK amy" "another user logs in"
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
	"  user_map = none: a connected client gets no more names"
is "$(ask "$SOCKET" "relay 203.0.113.7")" "OK OK" "  other requests are answered"
authmap_conf "socket = $SOCKET" "statik = 198.51.100.0/24"
kill -HUP "$responder"
within 5 grep -q "keeping the running" "$S/responder.log"
is $? 0 "with errors, the running configuration is kept"
is "$(ask "$SOCKET" "relay 198.51.100.1")" "OK OK" "  and used"

# Only one responder runs at a time, and it overwrites no file.
authmap_conf "socket = $SOCKET"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" "another process listens there already" \
	"a second responder does not replace the socket"
is "$(ask "$SOCKET" "relay 203.0.113.7")" "OK OK" "  of the first"
responder_stop
test ! -e "$SOCKET"
ok $? "the socket is removed at the end"
echo precious >"$SOCKET"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" "$SOCKET: is not a socket" \
	"a file in place of the socket"
is "$(cat "$SOCKET")" precious "  is kept"
rm "$SOCKET"
responder_start
kill -9 "$responder"
wait "$responder" 2>/dev/null
test -S "$SOCKET"
ok $? "a killed responder leaves its socket"
rm -f "$S/responder.log"
"$D" -f -c "$CONF" 2>>"$S/responder.log" &
responder=$!
started $responder
within 5 sh -c "$TOP/test-harness/programs/socketmap '$SOCKET' 'relay 203.0.113.7' | grep OK"
is $? 0 "  which the next one replaces"
responder_stop

authmap_conf "socket = $SOCKET" "socket_mode = 0660" "socket_group = mail"
responder_start
is "$(modes "$SOCKET")" "660 $MAP_USER mail" "socket_mode, socket_group"
like "$(as 33 "relay 203.0.113.7")" "Permission denied" "  other users cannot connect"
responder_stop
authmap_conf "socket = $SOCKET" "socket_group = no-such-group"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" 'no group "no-such-group"' \
	"a group that does not exist"
# Root does not use a folder of another user, who could have planted links there.
mkdir "$S/rootonly" "$S/trap"
chmod 755 "$S/rootonly"
echo precious >"$S/rootonly/file"
ln -s "$S/rootonly" "$S/trap/a"
ln -s "$S/rootonly/file" "$S/trap/sock"
chown -R -h "$MAP_USER" "$S/trap"
authmap_conf "socket = $S/trap/a/b/sock"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" "trap/a/b: cannot be created" \
	"a planted link to a folder"
is "$(ls "$S/rootonly")" file "  is not followed"
authmap_conf "socket = $S/rootonly/sock"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" \
	"rootonly/sock: cannot be created: the daemon.s user must be able to write" \
	"a folder that only root may enter"
authmap_conf "socket = $S/trap/sock"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" "trap/sock: is not a socket" \
	"a planted link to a file"
is "$(cat "$S/rootonly/file") $(modes "$S/rootonly/file")" \
	"precious 644 root root" "  is not followed"
authmap_conf "socket = $S/no/such/folder/sock"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" "$S/no/such/folder: cannot be created" \
	"a folder that cannot be made"

# Sockets from systemd, which is notified when the responder is ready.
authmap_conf "socket = $S/handed.sock $SOCKET"
python3 - "$D" "$CONF" "$S" <<-'EOF' >"$S/handed" 2>&1 &
	import os, socket, sys
	notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	notify.bind(sys.argv[3] + '/notify')
	notify.settimeout(60)
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
like "$(cat "$S/handed")" "READY=1" "the service manager is notified"
handed_pid=$(grep READY "$S/handed" | cut -d ' ' -f 1)
started "$handed_pid"
is "$(ask "$S/handed.sock" "relay 203.0.113.7")" "OK OK" \
	"it answers on the socket from the service manager"
test ! -e "$SOCKET"
ok $? "  and no other"
like "$(cat "$S/handed")" "add ListenStream=$SOCKET to authmap-socketmapd" \
	"  which is logged"
unlike "$(cat "$S/handed")" "ListenStream=$S/handed.sock" \
	"  for each configured socket that the service manager does not pass"
# In this time, a busy client might not be able to ask.
authmap_conf "socket = $S/handed.sock $SOCKET" "idle_timeout = 1s"
kill -HUP "$handed_pid"
within 10 grep -q "conf: reloaded" "$S/handed"
is "$(timeout 30 python3 -c "
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('$S/handed.sock')
print(s.recv(1))")" "b''" "a silent client is closed after idle_timeout"

# Any local user may listen on a port from 1024 on, and could let every client relay
# while the responder is down.
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
	"a local user answers OK to every request on a high port"
authmap_conf "socket = inet:127.0.0.1:$HIGH"
cp "$CONF" "$S/high.conf"
chmod 644 "$S/high.conf"
cp "$O/authmap" "$O/table-authmap" "$S"
below="must have a port below 1024"
like "$(timeout 30 "$D" -f -c "$CONF" 2>&1)" "$below" \
	"  the responder does not start with it"
# shellcheck disable=SC2016 # the inner shell fills it in
is "$(setpriv --reuid=1034 --regid=1034 --clear-groups \
	env TCPREMOTEIP=192.0.2.66 "$S/authmap" -c "$S/high.conf" relaylock -- \
	sh -c 'echo "${RELAYCLIENT-refused}"' 2>"$S/said")" "refused" \
	"  authmap relaylock does not use it"
like "$(cat "$S/said")" "$below" "  and reports the reason"
like "$(echo 'table|0.1|1.2|check|netaddr|192.0.2.66' |
	setpriv --reuid=1034 --regid=1034 --clear-groups \
	"$S/table-authmap" "$S/high.conf" 2>&1)" "$below" \
	"  nor does table-authmap"
like "$(authmap check 2>&1)" "$below" "  and authmap check reports it"

# A high port from the service manager.
authmap_conf "socket = $SOCKET"
like "$(handed "$D" inet)" "refused: .* choose a port below 1024" \
	"the responder does not start with a high port from the service manager"

# In the background.
authmap_conf "socket = $SOCKET"
"$D" -c "$CONF" -p "$S/pid"
within 5 test -s "$S/pid"
responder=$(cat "$S/pid")
started "$responder"
is "$(ask "$SOCKET" "relay 203.0.113.7")" "OK OK" "it runs in the background"
like "$("$D" -c "$CONF" -p "$S/pid" 2>&1)" "another process listens|already running" \
	"  once"
kill "$responder"
within 5 sh -c "! kill -0 $responder 2>/dev/null"
is "$(cat "$S/pid" 2>/dev/null)" "" "  until SIGTERM"
done_testing
