#!/bin/sh
# SPDX-License-Identifier: ISC
# Three hosts record a thousand new addresses a second for ten seconds; "make bench"
# does so for a minute.  All hosts agree, and authmap-cluster does not grow.
. "$(dirname "$0")/../lib/tap.sh"
uses cluster

cluster_begin "1 2 3" "window = 1d" "max_per_user = off" "lock_timeout = 10s"
before=$(memory 1 2 3)
crowd 10
crowd_done
granted=$(crowd_count)
like "$granted" "^10080 in " "10,080 addresses are granted: $granted"
within 60 same 1 2 3
ok $? "the maps of all hosts are the same"
is "$(map_of 3 | wc -l)" 10080 "  each has all of them"
is "$(engine_cli --raw keys 'authmap:e:*' | wc -l)" 10080 "  and so has the engine"
after=$(memory 1 2 3)
is "$(echo "$before $after" | awk '{ print NF, $4 < $1 + 4096 && $5 < $2 + 4096 &&
	$6 < $3 + 4096 }')" "6 1" \
	"authmap-cluster has grown by less than 4 MB: $before to $after kB"

# A host that joins receives all entries, in batches.
"$O/test/fill" "$BASE/1/authmap.conf" 100000
rm "$BASE/1/run/relay.feed"
# shellcheck disable=SC2154 # eval sets it
ended "$cluster_2" "$cluster_3"
engine_has() {
	[ "$(engine_cli --raw keys 'authmap:e:*' | wc -l)" = $((10080 + 100000)) ]
}
within 60 engine_has
ok $? "100,000 entries are sent"
on 2
rm -rf "$S/run" "$S/state"
sweep
cluster_start 2
within 60 same 1 2
ok $? "  and received by a host that joins"
needs=$(memory 1 2)
like "$needs" "^([0-9]{4} |1[0-9]{4} ){2}$" \
	"  which needs less than 20 MB for that: $needs kB"
[ "$(engine_cli --raw xlen authmap:changes)" -lt 105000 ]
ok $? "the engine keeps some 100,000 changes"
within 60 state ready 1 2 && within 60 same 1 2
ok $? "the hosts that are left are connected, and agree"
is "$(trouble)" "" "no trouble was logged"
done_testing
