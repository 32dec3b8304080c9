#!/bin/sh
# SPDX-License-Identifier: ISC
# Changes are lost: the engine or its stream goes back to an earlier state, or a host
# receives none for a while, or cannot store them.  An address from which somebody has
# logged in since it was removed may still relay, and one that was only removed may
# not.
. "$(dirname "$0")/../lib/tap.sh"
uses cluster

cluster_begin "1 2 3" "window = 1h"
reconciled() {
	cat "$BASE"/[123]/run/relay.cluster | sed -n 's/^reconciled //p' | grep . ||
		date +%N
}

# ----- the engine forgets ------------------------------------------------------
record 1 203.0.113.1
record 1 203.0.113.2
within 5 may 203.0.113.1 1 2 3 && within 5 may 203.0.113.2 1 2 3
remove 2 203.0.113.1
within 5 may_not 203.0.113.1 1 2 3
engine_cli save >/dev/null
sleep 1.1
record 3 203.0.113.1
remove 3 203.0.113.2
within 5 may 203.0.113.1 1 2 3 && within 5 may_not 203.0.113.2 1 2 3
ok $? "a login and a removal that the engine will lose"
kill -9 "$engine"
wait "$engine" 2>/dev/null
within 15 state waiting 1 2 3
# shellcheck disable=SC2154 # eval sets them
kill -STOP "$cluster_1" "$cluster_2" "$cluster_3"
engine_start
like "$(engine_cli get authmap:e:203.0.113.1)" "^0000000000 " \
	"it has a removal, but not the login after it"
kill -CONT "$cluster_1" "$cluster_2" "$cluster_3"
connected
agree "all hosts agree"
may 203.0.113.1 1 2 3
ok $? "  on the login"
may_not 203.0.113.2 1 2 3
ok $? "  and on the removal"
like "$(engine_cli get authmap:e:203.0.113.1)" "^[1-9]" "  as does the engine"

# ----- a refresh is no login ---------------------------------------------------
record 1 203.0.113.30
within 5 may 203.0.113.30 1 2 3
ended "$cluster_2"
remove 3 203.0.113.30
within 5 may_not 203.0.113.30 1 3
sleep 1.1
on 2
echo "203.0.113.30 ok" | authmap import - >/dev/null
ended "$cluster_1" "$cluster_3"
engine_cli flushall >/dev/null
cluster_start 2
within 20 state ready 2
cluster_start 1
within 20 state ready 1
within 10 may_not 203.0.113.30 1
ok $? "removed, and refreshed on another host: an engine that was emptied"
cluster_start 3
connected
within 10 may_not 203.0.113.30 1 2 3
ok $? "  does not bring it back"
agree "  all hosts agree"
unlike "$(cat "$BASE"/[123]/cluster.log)" "rejected" "nothing was rejected"

# ----- a login that is not sent ------------------------------------------------
record 1 203.0.113.3
record 1 203.0.113.4 amy
within 5 may 203.0.113.3 1 2 3 && within 5 may 203.0.113.4 1 2 3
ended "$cluster_1"
rm "$BASE/1/run/relay.feed"
remove 2 203.0.113.3
sleep 1.1
record 1 203.0.113.3
authmap block amy >/dev/null
sweep
cluster_start 1
connected
within 10 may_not 203.0.113.4 1 2 3
ok $? "a user is blocked while authmap-cluster is down: later on all hosts"
may 203.0.113.3 1 2 3
ok $? "  and a login of that time, though another host has removed its address"
agree "  all hosts agree"

# ----- a login that waits for the lock ----------------------------------------
record 1 203.0.113.5
within 5 may 203.0.113.5 1 2 3
on 1
hold_lock
record 1 203.0.113.5 2>/dev/null
sleep 1.1
remove 2 203.0.113.5
within 5 may_not 203.0.113.5 2 3
ok $? "an address is removed while an older login waits on host 1"
ended "$holder"
within 5 may_not 203.0.113.5 1
sweep
sleep 0.5
may_not 203.0.113.5 1 2 3
ok $? "  which does not bring it back"
agree "  all hosts agree"

# ----- blocks ------------------------------------------------------------------
record 2 203.0.113.6 bob
record 2 203.0.113.7 eve
within 5 may 203.0.113.6 1 2 3 && within 5 may 203.0.113.7 1 2 3
# Nothing is being reconciled.
quiet() {
	before=$(reconciled)
	sleep 1.1
	[ "$(reconciled)" = "$before" ] && state ready 1 2 3
}
within 10 quiet
on 1
authmap block bob >/dev/null
within 5 may_not 203.0.113.6 1 2 3
sleep 1
is "$(reconciled)" "$before" "a block is sent as such: nothing is reconciled"
echo garbage >>"$BASE/3/state/relay.blocks"
authmap block eve >/dev/null
within 5 may_not 203.0.113.7 1 2
ok $? "a user is blocked while a host cannot read its own list"
sed -i '/^garbage$/d' "$BASE/3/state/relay.blocks"
within 20 blocked_on 3 eve
ok $? "  the block is sent again when that is mended"
within 5 may_not 203.0.113.7 1 2 3
ok $? "  and the user's address may not relay any more"

# A host removes an address that is not in its map.
cut_off 2
within 20 state waiting 2
record 1 203.0.113.32
sleep 1.1
remove 2 203.0.113.32 2>/dev/null
heal 2
connected
within 10 may_not 203.0.113.32 1 2 3
ok $? "an address that a host removes before it has the login is removed on all"

# The user logs in on a host that has not received the block, and the block is lifted
# before the login is sent.
cut_off 2
within 20 state waiting 2
on 1
authmap block ida >/dev/null
within 5 blocked_on 3 ida
cut_off 3
within 20 state waiting 3
sleep 1.1
record 2 203.0.113.31 ida
sleep 1.1
on 1
authmap unblock ida
heal 2
within 30 state ready 2
within 10 may 203.0.113.31 1 2
ok $? "a login during a block that its host did not have, and that is lifted"
heal 3
connected
within 10 may 203.0.113.31 3
ok $? "  is also on a host that receives both later"
agree "  all hosts agree"

# ----- a gap -------------------------------------------------------------------
kill -STOP "$cluster_3"
# This change is in the reply to the request that host 3 has already sent.
record 1 203.0.113.34
within 5 may 203.0.113.34 1 2
record 1 203.0.113.32
within 5 may 203.0.113.32 1 2
engine_cli xtrim authmap:changes maxlen 0 >/dev/null
kill -CONT "$cluster_3"
record 1 203.0.113.33
within 20 may 203.0.113.32 3
ok $? "a stream that was cut short meanwhile"
agree "  all hosts agree"

# ----- a stream that goes back -------------------------------------------------
engine_cli xadd authmap:changes 99999999999999-0 x y >/dev/null
record 1 203.0.113.8
within 5 may 203.0.113.8 1 2 3
engine_cli del authmap:changes >/dev/null
while sleep 0.5; do
	n=$((${n:-10} + 1))
	"$O/authmap" -c "$BASE/1/authmap.conf" record "203.0.113.$n" joe imap
done &
busy=$!
started $busy
within 30 may 203.0.113.20 1 2 3
ok $? "a stream that is behind what was received is read again, also on a busy site"
ended $busy
agree "  all hosts agree"

# ----- a map that takes hours to read --------------------------------------------
# At first, there is no change of another host to be stored.
ended "$cluster_2" "$cluster_3"
engine_cli flushall >/dev/null
on 1
sweep
"$TOP/test-harness/programs/plant" "$S/run/relay.gdbm" endless
chown 20002:"$MAP_GROUP" "$S/run/relay.gdbm"
kill -HUP "$cluster_1"
within 20 grep -q "relay.gdbm: cannot be read: too large to be read in time" \
	"$S/cluster.log"
ok $? "authmap-cluster does not read a planted map for hours"
cluster_start 2
cluster_start 3
on 1
within 20 grep -q "relay.gdbm: cannot be written: the sweeper has to take over this large foreign map" \
	"$S/cluster.log"
ok $? "  nor does it write to it"
sweep 2>/dev/null
record 1 203.0.113.36
within 30 may 203.0.113.36 2 3
ok $? "  and goes on when a sweep has moved it aside"
agree "  all hosts agree"

unlike "$(cat "$BASE"/[123]/cluster.log)" "Sanitizer" "no trouble was logged"
done_testing
