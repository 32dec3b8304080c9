#!/bin/sh
# SPDX-License-Identifier: ISC
# With nothing to do, the sweeper uses little memory and next to no processor
# time, also after it has swept a large map.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

# An hour's passes, of which there is one a minute by default, in a minute.
begin "sweep_interval = 1s" "max_per_user = off"
"$O/test/fill" "$CONF" 20000 10000
sweeper_start
within 15 sh -c "test \$($O/authmap -c $CONF list | wc -l) = 10000 &&
	test \$(gdbmtool -r $S/run/relay.gdbm count | awk '{ print \$3 }') = 10000"
is $? 0 "it has swept a large map"
sleep 3

ticks() {
	awk '{ print $14 + $15 }' "/proc/$sweeper/stat"
}
# twenty_passes: sets $used, in milliseconds.
twenty_passes() {
	before=$(ticks)
	sleep 20
	used=$((($(ticks) - before) * 1000 / $(getconf CLK_TCK)))
	[ $used -le 40 ]
}
files=$(ls "/proc/$sweeper/fd" | wc -l)
# The kernel counts in ticks, and charges a whole one for a moment in it: the
# least of three counts.
twenty_passes || twenty_passes || twenty_passes
ok $? "twenty passes with nothing to do take $used ms of processor time"

private=$(awk '/^Private/ { kb += $2 } END { print kb }' \
	"/proc/$sweeper/smaps_rollup")
[ "$private" -lt 2048 ]
ok $? "its private memory is $private kB"
is "$(ls "/proc/$sweeper/fd" | wc -l)" "$files" "it has no more files open"
done_testing
