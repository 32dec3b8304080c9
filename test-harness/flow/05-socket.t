#!/bin/sh
# SPDX-License-Identifier: ISC
# Where the responder listens: never where others could put an own responder in
# its place; by default in a folder of its own, and for one release on the old
# socket, too.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

D=$O/authmap-socketmapd
# Others may not be able to read the tree.
cp "$TOP/test-harness/programs/socketmap" "$S/asker"

# ----- refused -------------------------------------------------------------
# starts PATH: does the responder start with that socket, and answer?
starts() {
	authmap_conf "socket = $1"
	"$D" -f -c "$CONF" >"$S/said" 2>&1 &
	responder=$!
	started $responder
	within 10 answers_or_ended "$1"
	"$S/asker" "$1" "relay nobody" 2>/dev/null | grep -q NOTFOUND
	status=$?
	responder_stop
	return $status
}
answers_or_ended() {
	! alive $responder || "$S/asker" "$1" "relay nobody" | grep -q NOTFOUND
}
# refused PATH FOLDER WHY NAME
refused() {
	! starts "$1"
	ok $? "$4"
	like "$(cat "$S/said")" "$1: refused: \"$2\" $3: " "  and says why"
}
mkdir -m 755 "$S/safe"
begin
starts "$S/safe/own/sock"
ok $? "a socket below a folder of root's"
is "$(stat -c '%a %U:%G' "$S/safe/own")" "755 $MAP_USER:$MAP_GROUP" \
	"  in a folder of its own"

written="may be written by others"
install -d -m 2770 -o root -g "$MAP_GROUP" "$S/shared"
refused "$S/shared/sock" "$S/shared" "$written" "a folder that a group may write"
refused "$S/shared/own/sock" "$S/shared" "$written" "  and one below it"
mkdir -m 755 "$S/shared/own"
refused "$S/shared/own/sock" "$S/shared" "$written" "  which is there already"
refused "$S/run/socketmap/sock" "$S/run" "$written" "the map's folder"
mkdir -m 777 "$S/open"
refused "$S/open/own/sock" "$S/open" "$written" "a folder that all may write"
install -d -m 755 -o 1033 "$S/joes"
refused "$S/joes/sock" "$S/joes" "belongs to another user" "a user's folder"
mkdir -m 1777 "$S/sticky"
refused "$S/sticky/sock" "$S/sticky" "$written" "a sticky folder"
refused "$S/sticky/own/sock" "$S/sticky" "$written" \
	"  and one in which anybody may make the missing folder"
mkdir -m 755 "$S/sticky/there"
chown "$MAP_USER" "$S/sticky/there"
starts "$S/sticky/there/sock"
ok $? "  but not one that is there, which nobody else can move"
install -d -m 755 -o 1033 "$S/sticky/joes"
refused "$S/sticky/joes/sock" "$S/sticky/joes" "belongs to another user" \
	"  unless somebody else has made it"

# Links: where they are counts, and where they lead.
ln -s "$S/safe" "$S/link"
starts "$S/link/own/sock"
ok $? "a link from a safe folder to another"
ln -s "$S/shared" "$S/badlink"
refused "$S/badlink/own/sock" "$S/shared" "$written" "a link to another folder"
ln -s "$S/safe" "$S/shared/link"
refused "$S/shared/link/own/sock" "$S/shared" "$written" \
	"a link that others can change"
ln -s shared/link "$S/indirect"
refused "$S/indirect/own/sock" "$S/shared" "$written" "  by way of another link"
ln -s loop "$S/loop"
refused "$S/loop/sock" "$S/loop" "has too many links" "a link to itself"

# A socket that is handed over is no better.
# handed NAME: what the responder says when it is given that one, already bound.
handed() {
	timeout 20 python3 - "$D" "$CONF" "$1" <<-'EOS' 2>&1
		import os, socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[3].replace('@', '\0'))
		s.listen(5)
		os.dup2(s.fileno(), 3)
		os.set_inheritable(3, True)
		os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
		os.execl(sys.argv[1], sys.argv[1], '-f', '-c', sys.argv[2])
		EOS
}
like "$(handed "$S/shared/handed.sock")" \
	"handed.sock: refused: \"$S/shared\" $written" \
	"one that is handed over in a folder that a group may write"
like "$(handed "@authmap-$$")" "refused: .* is not an absolute path" \
	"  and one that has no path"
rm -f "$S/shared/handed.sock"

authmap_conf "socket = $S/shared/own/sock"
like "$(authmap check)" \
	"^wrong +responder +$S/shared/own/sock: \"$S/shared\" $written" \
	"authmap check knows it, too"

# ----- the default ---------------------------------------------------------
# With a /run of its own.
# In a plain chroot, / is no mount, and cannot be made private.
private=
unshare -m true 2>/dev/null || private="--propagation unchanged"
# shellcheck disable=SC2086 # words are meant
unshare -m $private sh -c \
	'mount -t tmpfs -o mode=755 tmpfs /run && exec sleep 9999' &
apart=$!
started $apart
there() {
	nsenter -t "$apart" -m -r "$@"
}
own_run() {
	[ "$(there stat -c %d /run)" != "$(stat -c %d /run)" ]
}
within 10 own_run
NEW=/run/authmap-socketmapd/sock
OLD=/run/authmap/socketmap/sock
# conf [LINE ...]: with the default map.
conf() {
	authmap_conf "$@"
	sed -i '/^map = /d' "$CONF"
}
run() {
	nsenter -t "$apart" -m -r "$D" -f -c "$CONF" 2>"$S/responder.log" &
	responder=$!
	started $responder
	within 10 asked "${1:-$NEW}"
}
# asked SOCKET [UID]: "NOTFOUND ", if it is answered.
asked() {
	there setpriv --reuid="${2:-33}" --regid="${2:-33}" --clear-groups \
		"$S/asker" "$1" "relay 192.0.2.1"
}
sweep_there() {
	there "$O/authmap-sweeper" -c "$CONF" --once
}
mode() {
	there stat -c '%a %U:%G' "$1"
}
conf
sweep_there 2>/dev/null
run
is "$(mode /run/authmap-socketmapd)" "755 $MAP_USER:$MAP_GROUP" \
	"by default: the socket's folder is the responder's alone"
is "$(asked $NEW 33)" "NOTFOUND " "  an MTA outside the group is answered"
is "$(asked $NEW 1033)" "NOTFOUND " "  and so is a user"
is "$(asked $OLD 33)" "NOTFOUND " "the old socket still works for an MTA"
like "$(cat "$S/responder.log")" \
	"$OLD: listening in this release only: .* configure MTAs for $NEW" \
	"  and the log tells what to do"
is "$(mode /run/authmap)" "2771 $MAP_USER:$MAP_GROUP" \
	"  so MTAs can pass through the map's folder"
sweep_there
is "$(mode /run/authmap)" "2771 $MAP_USER:$MAP_GROUP" "  which the sweeper leaves"
responder_stop
there test ! -e $NEW && there test ! -e $OLD
ok $? "both are gone in the end"

# What a member of the group puts in the place of the old one.
there rm -rf /run/authmap/socketmap
there touch /run/authmap/socketmap
run
is "$(asked $NEW)" "NOTFOUND " "a trap where the old socket was: the new one is served"
responder_stop
there rm /run/authmap/socketmap

# An older configuration that names it goes on.
conf "socket = $OLD /run/more/sock"
run /run/more/sock
is "$(asked $OLD) $(asked /run/more/sock)" "NOTFOUND  NOTFOUND " \
	"a configuration that names the old socket goes on"
like "$(there "$O/authmap" -c "$CONF" check)" \
	"^warning +responder +$OLD: .*in socket =, put $NEW in its place" \
	"  and authmap check says what to do"
responder_stop

# Once nobody asks there, the old one is closed, and the map's folder with it.
conf "socket = $NEW"
sweep_there
is "$(mode /run/authmap)" "2770 $MAP_USER:$MAP_GROUP" \
	"without the old socket, the map's folder is closed to others"
there setpriv --reuid=1033 --regid=1033 --clear-groups \
	stat /run/authmap/relay.gdbm >"$S/said" 2>&1
is $? 1 "  who cannot see when somebody logs in"
run
is "$(asked $NEW)" "NOTFOUND " "  the new one is served"
there test ! -e $OLD
ok $? "  and no other"
responder_stop
done_testing
