#!/bin/sh
# SPDX-License-Identifier: ISC
# Writers, removals and a sweeper are killed at random and started again, for
# TORTURE_SECONDS.  Meanwhile a reader that uses only libgdbm looks up entries that
# must be there and walks the map, in maps that it opens or keeps open, with and
# without gdbm's locks and mapping.  If writers write a pointer before its record, the
# reader must notice.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

seconds=${TORTURE_SECONDS:-10}

# Each grant must be in the map in the end, so no limit may remove one.
begin "max_per_user = off" "lock_timeout = 10s"

# read_for SECONDS: make the entries that must stay, and start $reader.
read_for() {
	"$O/test/writer" "$CONF" 10.1 200 >/dev/null
	"$O/test/reader" "$S/run/relay.gdbm" 10.1 200 "$1" 1800 >"$S/reader" 2>&1 &
	reader=$!
	started $reader
}

read_for $((seconds + 1))
torture=$("$O/test/torture" "$CONF" "$seconds" 2>&1)
ok $? "no grant and no removal that was acknowledged is lost"
echo "$torture" | sed 's/^/# /'
wait $reader
ok $? "no failed open, no wrong answer, no torn record, each entry once in each walk"
sed 's/^/# /' "$S/reader"

gdbmtool -r "$S/run/relay.gdbm" list >"$S/list" 2>&1
ok $? "gdbmtool walks the map"
is "$(wc -l <"$S/list")" "$(gdbmtool -r "$S/run/relay.gdbm" count |
	awk '{ print $3 }')" "  and finds as many as there are"
gdbm_dump "$S/run/relay.gdbm" - >/dev/null
ok $? "gdbm_dump reads it"
unlike "$(authmap check)" "^wrong +(config|folder|map|lock|sweeper|state|blocks)" \
	"authmap check finds nothing wrong"
is "$(ls "$S/run" | grep -c broken)" 0 "no file had to be moved aside"
# A writer that was killed while it made relay.lock leaves a temporary file, which is
# removed after a minute.
is "$(ls "$S/run" | grep -vE '\.tmp-[0-9a-f]{8}$' | tr '\n' ' ')" \
	"relay.beat relay.failures relay.gdbm relay.lock " \
	"nothing is left behind"

# The reader also reads after the torture has ended: a killed writer's mistake stays.
# On a slow machine, the reader may come too late a few times.
for _ in 1 2 3 4 5 6 7 8; do
	rm -r "$S/run" "$S/state"
	sweep
	read_for 4
	"$O/test/torture" "$CONF" 3 late >/dev/null 2>&1
	wait $reader
	found="$? $(tail -n 1 "$S/reader")"
	echo "$found" | grep -q "^1 .* [1-9][0-9]* missing" && break
done
like "$found" "^1 .* [1-9][0-9]* missing" \
	"if pointers are written before records, the reader finds entries missing"
done_testing
