#!/bin/sh
# SPDX-License-Identifier: ISC
# Another host of the cluster publishes addresses whose hashes collide.  On this host
# they cost no login more than a bounded number of system calls, do not make the map or
# authmap-cluster larger, and take no other user's entry: as they arrive in the stream,
# and when the host reconciles.
. "$(dirname "$0")/../lib/tap.sh"
uses cluster collisions

# recorded: record each address of the input on this host, and print how many.
recorded() {
	xargs -I ADDRESS "$O/authmap" -c "$CONF" record ADDRESS amy imap
	wc -l <"$S/neighbours"
}
cluster_begin "1 2" "window = 1h" "max_per_user = off" "lock_timeout = 10s"
on 2
others_begin recorded
within 20 same 1 2
ok $? "both hosts have the entries of a user"
before=$(memory 2)

echo "# by the stream"
now=$(date +%s)
# They expire after the entries of the other user.
record="$((now + 3600)) $now imap"
number=$(engine_cli --raw get authmap:number)
n=$number
{
	head -n 400 "$ALIKE"
	cat "$ALIKE_20"
} | while read -r address; do
	n=$((n + 1))
	echo "XADD authmap:changes * h peer n $n o + k $address v \"$record eve\""
done | engine_cli >"$BASE/published"
is "$(grep -c . "$BASE/published")" 5400 "5,400 logins from colliding addresses are published"
# The last change that arrives is a login on the other host.
engine_cli --raw set authmap:number $((number + 5400)) >"$BASE/out"
"$O/test/writer" "$CONF" 10.2 300 amy >"$S/meanwhile"
cat "$S/meanwhile" >>"$S/others"
is "$(wc -l <"$S/meanwhile")" 300 "  meanwhile all logins on this host are recorded"
record 1 203.0.113.1 bob
within 60 may 203.0.113.1 2
ok $? "  the changes are stored"
on 2
collisions_are_bounded eve
grant_is_bounded "$(sed -n 401p "$ALIKE")"

echo "# by reconciling"
# They expire later, so they evict those of eve.
record="$((now + 3610)) $((now + 10)) imap"
while read -r address; do
	echo "SET authmap:e:$address \"$record bob\""
done <"$ALIKE_20" | engine_cli >"$BASE/planted"
is "$(grep -c OK "$BASE/planted")" 5000 "the engine has 5,000 entries of colliding addresses"
# shellcheck disable=SC2154 # eval sets it
ended "$cluster_2"
cluster_start 2
within 60 state ready 2
ok $? "  the host reconciles with it"
collisions_are_bounded bob
after=$(memory 2)
[ "$after" -lt $((before + 4096)) ]
ok $? "authmap-cluster has not grown by 4 MB: $before to $after kB"
is "$(trouble)" "" "it has logged no failure"
done_testing
