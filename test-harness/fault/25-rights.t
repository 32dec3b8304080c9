#!/bin/sh
# SPDX-License-Identifier: ISC
# A local user outside the group can do nothing to the map's files, and learns no
# user's name.  Programs that root starts do nothing for that user.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

# This user may read neither the tree nor the scenario's configuration.
HOME_DIR=$S/home
mkdir -m 755 "$HOME_DIR"
chown 20007:20007 "$HOME_DIR"
cp "$TOP/test-harness/programs/socketmap" "$O/authmap" "$HOME_DIR"
outsider() {
	setpriv --reuid 20007 --regid 20007 --clear-groups "$@" 2>&1
}
look() {
	stat -c '%n %i %s %a %U:%G' "$S/run" "$S/state" "$S/socketmap" \
		"$S/run"/* "$S/state"/* "$S/socketmap"/*
}

authmap_conf "socket = $SOCKET"
chmod 644 "$CONF"
sweep
authmap record 203.0.113.7 secretive imap
sweep
authmap block secretive-one
responder_start
# These files exist only at times.
for file in gdbm.new feed cluster; do
	install -m 660 -o "$MAP_USER" -g "$MAP_GROUP" /dev/null "$S/run/relay.$file"
done
files=$(ls "$S/run"/* "$S/state"/*)
before=$(look)

# tries NAME COMMAND: the user runs COMMAND for each file, which is $FILE.  No COMMAND
# may succeed.
tries() {
	done=
	for file in $files; do
		outsider env FILE="$file" HERE="$HOME_DIR" sh -c "$2" \
			>"$S/said" && done="$done ${file##*/}"
		! grep -q secretive "$S/said" || done="$done ${file##*/}(read)"
	done
	is "$done" "" "a user without the group may not $1"
}
# shellcheck disable=SC2016 # the inner shell fills it in
{
	tries "read" 'cat "$FILE"'
	tries "write" 'echo "+ 192.0.2.66" >>"$FILE"'
	tries "truncate" 'truncate -c -s 0 "$FILE"'
	tries "touch" 'touch -c "$FILE"'
	tries "lock" 'flock -n "$FILE" true'
	tries "lock for reading" 'flock -n -s "$FILE" true'
	tries "remove" 'rm -f "$FILE"'
	tries "replace" 'echo >"$HERE/mine" && mv -f "$HERE/mine" "$FILE"'
	tries "move" 'mv "$FILE" "$HERE"'
	tries "chmod" 'chmod 666 "$FILE"'
	tries "make one beside" 'echo >"$FILE.broken-0000000000"'
	tries "link there" 'ln -s "$HERE/mine" "$FILE.01234567"'
}
is "$(look)" "$before" "  nothing of it has changed"
outsider ls "$S/run" >/dev/null
is $? 2 "  nor list the folder"
outsider ls "$S/state" >/dev/null
is $? 2 "  nor that of the saved state"
unlike "$(outsider "$HOME_DIR/authmap" -c "$CONF" list)" secretive \
	"authmap list prints no name"
outsider "$HOME_DIR/authmap" -c "$CONF" record 192.0.2.66 eve >"$S/said"
is $? 2 "  record records nothing"
outsider "$HOME_DIR/authmap" -c "$CONF" remove 203.0.113.7 >"$S/said"
is $? 2 "  remove removes nothing"

is "$(outsider "$HOME_DIR/socketmap" "$SOCKET" "relay 203.0.113.7" \
	"user 203.0.113.7" "popuser 203.0.113.7" | tr '\n' ,)" \
	"OK OK,PERM this client may not get names of users,PERM this client may not get names of users," \
	"the responder answers which addresses may relay, but no name"
outsider rm -f "$SOCKET" >"$S/said"
is $? 1 "  the user may not remove its socket"
outsider mv "$S/socketmap" "$HOME_DIR/moved" >"$S/said"
is $? 1 "  nor move its folder"
is "$(look)" "$before" "  nothing has changed"
rm "$S/run"/relay.[dcfsrpu]* 2>/dev/null
sweep
authmap lookup 192.0.2.66 >/dev/null
is $? 1 "the address of the user may not relay"
authmap lookup 203.0.113.7 >/dev/null
is $? 0 "  and one that could may still do so"
responder_stop

# The process that serves a user's mail has the group: the user may not control it.
dovecot_start
"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.9 --hold 9999 >/dev/null &
started $!
within 10 authmap lookup 203.0.113.9
imap=$(pgrep -P "$dovecot" -u 20001)
like "$imap" "^[0-9]+$" "a user's own mail process is there"
like "$(setpriv --reuid 20001 --regid 20001 --clear-groups \
	ls "/proc/$imap/fd/" 2>&1)" "Permission denied" \
	"  the user may not see its descriptors"
dovecot_stop

# Where another user may write, root follows no link.
echo precious >"$S/victim"
chmod 666 "$S/victim"
at_socket() {		# at_socket NAME
	timeout 60 "$O/authmap-socketmapd" -f -c "$CONF" >"$S/said" 2>&1
	is $? 1 "$1 at the socket's path: it does not start"
	like "$(cat "$S/said")" "$SOCKET: .*" "  and says why"
	is "$(cat "$S/victim")" precious "  nothing is written"
}
ln -s "$S/victim" "$SOCKET"
at_socket "a symbolic link"
[ -L "$SOCKET" ]
is $? 0 "  which stays"
ln -f "$S/victim" "$SOCKET"
at_socket "a hard link"
rm "$SOCKET"
mkfifo "$SOCKET"
at_socket "a FIFO"
rm "$SOCKET"
mknod "$SOCKET" c 1 3
at_socket "a device"
rm "$SOCKET"
python3 -c "
import os, socket, time
s = socket.socket(socket.AF_UNIX)
s.bind('$SOCKET')
os.chown('$SOCKET', 20007, 20007)
os.chmod('$SOCKET', 0o666)
s.listen()
time.sleep(9999)" &
started $!
within 10 test -S "$SOCKET"
at_socket "the socket of another user"
like "$(cat "$S/said")" "another process listens there already" "  namely that it is in use"

mkdir -m 777 "$S/open"
ln -s "$S/victim" "$S/open/pid"
"$O/authmap-sweeper" -f -c "$CONF" -p "$S/open/pid" >"$S/said" 2>&1
is $? 1 "a pid file where others may write: it does not start"
like "$(cat "$S/said")" "choose a folder that only root may write" "  and says why"
is "$(cat "$S/victim")" precious "  nothing is written"

like "$(authmap check)" "^ok +state" "the saved state is the sweeper's own"
is "$(stat -c '%a' "$S/state/relay.saved")" 640 "  which mail processes only read"
chown 20007 "$S/state"
like "$(authmap check)" "^wrong +state .*: chown $MAP_USER $S/state" \
	"its folder belongs to another user: authmap check says so"
chown "$MAP_USER" "$S/state"
chmod 2777 "$S/state"
like "$(authmap check)" "^wrong +state .*: chmod 2750" "  or one open to all"
done_testing
