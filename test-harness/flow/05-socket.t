#!/bin/sh
# SPDX-License-Identifier: ISC
# The responder never listens where another user could replace its socket.  By
# default its socket is in a folder of its own; in this release it also listens on
# the old one.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

D=$O/authmap-socketmapd
# Other users may be unable to read the tree.
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
	like "$(cat "$S/said")" "$1: refused: \"$2\" $3: " "  and logs the reason"
}
mkdir -m 755 "$S/safe"
begin
starts "$S/safe/own/sock"
ok $? "a socket below a folder of root"
is "$(stat -c '%a %U:%G' "$S/safe/own")" "755 $MAP_USER:$MAP_GROUP" \
	"  in a folder that it makes"

written="may be written by others"
install -d -m 2770 -o root -g "$MAP_GROUP" "$S/shared"
refused "$S/shared/sock" "$S/shared" "$written" "a folder that a group may write"
refused "$S/shared/own/sock" "$S/shared" "$written" "  and one below it"
mkdir -m 755 "$S/shared/own"
refused "$S/shared/own/sock" "$S/shared" "$written" "  which exists already"
refused "$S/run/socketmap/sock" "$S/run" "$written" "the map's folder"
mkdir -m 777 "$S/open"
refused "$S/open/own/sock" "$S/open" "$written" "a folder that all may write"
install -d -m 755 -o 1033 "$S/joes"
refused "$S/joes/sock" "$S/joes" "belongs to another user" "a user's folder"
mkdir -m 1777 "$S/sticky"
refused "$S/sticky/sock" "$S/sticky" "$written" "a sticky folder"
refused "$S/sticky/own/sock" "$S/sticky" "$written" \
	"  and one in which any user may make the missing folder"
mkdir -m 755 "$S/sticky/there"
chown "$MAP_USER" "$S/sticky/there"
starts "$S/sticky/there/sock"
ok $? "  but not an existing one, which no other user can move"
install -d -m 755 -o 1033 "$S/sticky/joes"
refused "$S/sticky/joes/sock" "$S/sticky/joes" "belongs to another user" \
	"  unless another user has made it"

# Links: both their folder and their target count.
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

# A socket from the service manager is checked, too.
like "$(handed "$D" "$S/shared/handed.sock")" \
	"handed.sock: refused: \"$S/shared\" $written" \
	"one in a folder that a group may write"
like "$(handed "$D" "@authmap-$$")" "refused: .* is not an absolute path" \
	"  and one without a path"
rm -f "$S/shared/handed.sock"

authmap_conf "socket = $S/shared/own/sock"
like "$(authmap check)" \
	"^wrong +responder +$S/shared/own/sock: \"$S/shared\" $written" \
	"authmap check reports it, too"

# ----- the default ---------------------------------------------------------
# Use another /run.
$OWN_MOUNTS sh -c \
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
# asked SOCKET [UID]: print the reply, "NOTFOUND " if there is one.
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
	"by default, only the responder may write the socket's folder"
is "$(asked $NEW 33)" "NOTFOUND " "  an MTA outside the group is answered"
is "$(asked $NEW 1033)" "NOTFOUND " "  and so is a user"
is "$(asked $OLD 33)" "NOTFOUND " "the old socket still works for an MTA"
like "$(cat "$S/responder.log")" \
	"$OLD: listening in this release only: .* configure MTAs for $NEW" \
	"  and the log names the remedy"
is "$(mode /run/authmap)" "2771 $MAP_USER:$MAP_GROUP" \
	"  so MTAs can enter the map's folder"
sweep_there
is "$(mode /run/authmap)" "2771 $MAP_USER:$MAP_GROUP" "  which the sweeper keeps"
responder_stop
there test ! -e $NEW && there test ! -e $OLD
ok $? "both are removed at the end"

# A member of the group puts a file in place of the old socket.
there rm -rf /run/authmap/socketmap
there touch /run/authmap/socketmap
run
is "$(asked $NEW)" "NOTFOUND " "with a file in place of the old socket, the new one is served"
responder_stop
there rm /run/authmap/socketmap

# An older configuration that names the old socket still works.
conf "socket = $OLD /run/more/sock"
run /run/more/sock
is "$(asked $OLD) $(asked /run/more/sock)" "NOTFOUND  NOTFOUND " \
	"a configuration that names the old socket works"
like "$(there "$O/authmap" -c "$CONF" check)" \
	"^warning +responder +$OLD: .*set socket = $NEW" \
	"  and authmap check names the remedy"
responder_stop

# Without the old socket, the map's folder is closed to others.
conf "socket = $NEW"
sweep_there
is "$(mode /run/authmap)" "2770 $MAP_USER:$MAP_GROUP" \
	"without the old socket, the map's folder is closed to others"
there setpriv --reuid=1033 --regid=1033 --clear-groups \
	stat /run/authmap/relay.gdbm >"$S/said" 2>&1
is $? 1 "  which cannot see the times of logins"
run
is "$(asked $NEW)" "NOTFOUND " "  the new one is served"
there test ! -e $OLD
ok $? "  and no other"
responder_stop
done_testing
