#!/bin/sh
# SPDX-License-Identifier: ISC
# A member of the group plants a foreign map in the place of the map.  A large one
# is taken over by the sweeper alone; one that cannot be taken over in time is
# moved aside, and the map is restored.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

plant() {
	"$TOP/test-harness/programs/plant" "$S/run/relay.gdbm" "$1"
	chown 20002:"$MAP_GROUP" "$S/run/relay.gdbm"
}
broken() {
	find "$S/run" -name 'relay.gdbm.broken-*' | wc -l
}

begin
authmap record 203.0.113.1 joe imap
sweep

# A map of authmap 0.1 that is as long as one of a million entries.
now=$(date +%s)
rm "$S/run/relay.gdbm"
for i in $(seq 200); do
	echo "store \"203.0.113.$i\" \"$((now + 1700)) $now imap user$i\""
done | gdbmtool -n "$S/run/relay.gdbm" >"$S/out" 2>&1
plant long
is "$(authmap list | wc -l)" 200 "a large map of another program is readable"
authmap record 198.51.100.1 amy imap 2>"$S/err"
is $? 2 "a login leaves it to the sweeper"
like "$(cat "$S/err")" "198.51.100.1 is not recorded: the sweeper has to take over this large foreign map" \
	"  and says so"
echo "198.51.100.1 ok" | authmap import - 2>"$S/err"
is $? 2 "  so does an import"
like "$(cat "$S/err")" "relay.gdbm: cannot be written: the sweeper has to take over" \
	"  and says so"
is "$(authmap list | wc -l)" 200 "  the map is as it was"
sweep
is $? 0 "a sweep takes it over"
is "$(authmap list | wc -l)" 200 "  with all that was in it"
authmap record 198.51.100.1 amy imap
is $? 0 "  and the next login is recorded"
is "$(broken)" 0 "  nothing was moved aside"
sweep

plant endless
authmap record 198.51.100.2 amy imap 2>"$S/err"
is $? 2 "a map that takes very long to read: a login leaves it to the sweeper"
is "$(said authmap list)" "2 authmap: $S/run/relay.gdbm: cannot be read: too large to be read in time" \
	"  authmap list gives up"
sweep 2>"$S/err"
is $? 0 "  a sweep succeeds"
like "$(cat "$S/err")" "relay.gdbm: a map of another program that cannot be taken over in 5 seconds; moved aside as" \
	"  it moves that map aside"
is "$(grep -c "moved aside" "$S/err")" 1 "  with one line"
is "$(authmap list | wc -l)" 201 "  and restores what was saved"
authmap record 198.51.100.2 amy imap
is $? 0 "  and the next login is recorded"
done_testing
