#!/bin/sh
# SPDX-License-Identifier: ISC
# If there is nothing to do, the sweeper uses little memory and hardly any processor
# time, also after it has swept a large map.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

# computed: print the processor time of the sweeper in nanoseconds, see
# clock_getcpuclockid(3).
computed() {
	python3 -c 'import sys, time
print(time.clock_gettime_ns(~int(sys.argv[1]) << 3 | 2))' "$sweeper"
}
# One pass a second, where the default is one a minute.
begin "sweep_interval = 1s" "max_per_user = off"
"$O/test/fill" "$CONF" 20000 10000
sweeper_start
large_map_swept() {
	[ "$(authmap list | wc -l)" = 10000 ] &&
		[ "$(gdbmtool -r "$S/run/relay.gdbm" count |
			awk '{ print $3 }')" = 10000 ]
}
within 15 large_map_swept
is $? 0 "it has swept a large map"
# A pass saves the state.  The second one after that has nothing to do.
saved() {
	[ "$(grep -c '^= ' "$S/state/relay.saved")" = 10000 ]
}
pass() {
	touch "$S/before"
	within 10 test "$S/run/relay.beat" -nt "$S/before"
}
within 30 saved && pass && pass
ok $? "  and saved its state"

files=$(ls "/proc/$sweeper/fd" | wc -l)
began=$(uptime_cs) before=$(computed)
sleep 10
used=$((($(computed) - before) / 10 / ($(uptime_cs) - began)))
[ $used -lt 1000 ]
ok $? "a pass with nothing to do takes $used microseconds of processor time"

private=$(awk '/^Private/ { kb += $2 } END { print kb }' \
	"/proc/$sweeper/smaps_rollup")
[ "$private" -lt 2048 ]
ok $? "its private memory is $private kB"
is "$(ls "/proc/$sweeper/fd" | wc -l)" "$files" "it has no more files open"
done_testing
