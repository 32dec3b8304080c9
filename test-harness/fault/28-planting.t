#!/bin/sh
# SPDX-License-Identifier: ISC
# A member of the group makes the map grow while it is read, and then puts another
# file in its place, or that of another file, again and again.  Meanwhile logins go on, the daemons run, and
# an excluded address and that of a blocked user may not relay, though the planted
# files have them.  Afterwards, the map is mended.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

gid=$(getent group "$MAP_GROUP" | cut -d : -f 3)
EXCLUDED=192.0.2.66
BLOCKED=192.0.2.67
mkdir -m 755 "$S/evil"

# A map with their entries, made by authmap, and one made by libgdbm.
authmap_conf "map = $S/evil/relay.gdbm" "state_dir = $S/evil"
authmap record $EXCLUDED joe imap 2>"$S/made"
authmap record $BLOCKED eve imap
mv "$S/evil/relay.gdbm" "$S/evil/own"
now=$(date +%s)
for entry in "$EXCLUDED joe" "$BLOCKED eve"; do
	echo "store \"${entry% *}\" \"$((now + 1700)) $now imap ${entry#* }\""
done | gdbmtool -n "$S/evil/foreign" >"$S/made" 2>&1
head -c 20000 /dev/urandom >"$S/evil/garbage"
: >"$S/evil/empty"
chmod 644 "$S/evil"/*
# The attacker may be unable to reach the tree.
install -m 755 "$TOP/test-harness/programs/plant" "$S/evil"

begin "exclude = $EXCLUDED" "sweep_interval = 1s" "socket = $SOCKET"
authmap block eve >"$S/blocked" 2>&1
authmap record 203.0.113.1 joe imap
sweep
dovecot_start reuse
responder_start
sweeper_start

# longest: print the seconds of the longest of some logins, each from a new address.
longest() {
	for _ in $(seq 15); do
		sleep 0.1
		echo >>"$S/logins"
		client imap 127.0.0.1 "$IMAP_PROXY" --time \
			--from "198.51.100.$(wc -l <"$S/logins")" || echo 9999
	done | sort -g | tail -n 1
}
# asking: $asker asks for the two addresses, until $S/asking is removed.
asking() {
	: >"$S/asking"
	while [ -e "$S/asking" ]; do
		ask $EXCLUDED
		ask $BLOCKED
	done >"$S/answers" &
	asker=$!
	started $asker
}
# recorded ADDRESS: a login from ADDRESS is recorded.
recorded() {
	client imap 127.0.0.1 "$IMAP_PROXY" --from "$1" && authmap lookup "$1"
}

# while_planting NAME PLACE KIND [FILE ...]: log in while "plant" runs on relay.PLACE.
while_planting() {
	name=$1 place=$S/run/relay.$2
	shift 2
	asking
	setpriv --reuid 20002 --regid 20002 --groups "$gid" \
		"$S/evil/plant" "$place" "$@" &
	planter=$!
	started $planter
	within 10 grep -q . "$S/answers"
	at_best 2 longest
	ok $? "$name: logins go on, each for little longer than lock_timeout ($took)"
	alive $planter
	ok $? "  and so does the planting"
	ended $planter
	rm "$S/asking"
	wait $asker
	is "$(grep -c "OK OK" "$S/answers")" 0 \
		"  the excluded and the blocked address may not relay"
	within 20 recorded 203.0.113.2
	ok $? "  when it ends, a login is recorded"
}
while_planting "the map grows" gdbm grow
within 20 authmap lookup 203.0.113.1
ok $? "  and what was saved is restored"
# Nothing is restored after this one: the sweeper has saved what the valid maps of
# the attacker contain.
while_planting "another map again and again" gdbm turns "$S/evil/own" \
	"$S/evil/foreign" "$S/evil/garbage" "$S/evil/empty"
# The writers also lock the map itself.
for place in lock gdbm.new; do
	while_planting "another relay.$place again and again" $place turns \
		"$S/evil/own" "$S/evil/garbage" "$S/evil/empty"
done

alive "$sweeper"
ok $? "the sweeper still runs"
alive "$responder"
ok $? "  and the responder"
unlike "$(cat "$S/d/log")" "Fatal|Panic|killed with signal" \
	"  and Dovecot's processes have not crashed"
done_testing
