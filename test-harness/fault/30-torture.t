#!/bin/sh
# SPDX-License-Identifier: ISC
# Writers, removals and a sweeper go on all the time, each killed at random and
# started again, while a reader that knows only plain gdbm looks up entries
# that must be there.  TORTURE_SECONDS says for how long.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

seconds=${TORTURE_SECONDS:-10}

# Every grant is to be found in the end; they are counted all the same.
begin "max_per_user = off" "lock_timeout = 10s"
"$O/test/writer" "$CONF" 10.1 200 >/dev/null
"$O/test/reader" "$S/run/relay.gdbm" 10.1 200 "$((seconds + 1))" 1800 \
	>"$S/reader" 2>&1 &
reader=$!
started $reader
torture=$("$O/test/torture" "$CONF" "$seconds" 2>&1)
ok $? "no grant and no removal that was acknowledged is lost"
echo "$torture" | sed 's/^/# /'
wait $reader
ok $? "no failed open, no wrong answer, no torn record"
sed 's/^/# /' "$S/reader"

gdbmtool -r "$S/run/relay.gdbm" list >"$S/list" 2>&1
ok $? "gdbmtool walks the map"
is "$(wc -l <"$S/list")" "$(gdbmtool -r "$S/run/relay.gdbm" count |
	awk '{ print $3 }')" "  and finds as many as there are"
gdbm_dump "$S/run/relay.gdbm" - >/dev/null
ok $? "gdbm_dump takes it"
unlike "$(authmap check)" "^wrong +(config|folder|map|lock|sweeper|state|blocks)" \
	"authmap check finds nothing wrong"
is "$(ls "$S/run" | grep -c broken)" 0 "nothing had to be set aside"
# A writer that was killed while it made the lock's file leaves one for a minute.
is "$(ls "$S/run" | grep -vE '\.[0-9a-f]{8}$' | tr '\n' ' ')" \
	"relay.beat relay.failures relay.gdbm relay.lock " \
	"nothing is left behind"
done_testing
