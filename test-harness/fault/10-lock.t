#!/bin/sh
# SPDX-License-Identifier: ISC
# A process holds the writers' lock and is stopped.  A login takes lock_timeout
# longer at the most, is logged, and its grant appears once the process goes on
# or is killed.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
dovecot_start reuse
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.1 >/dev/null

# Stopped with the lock in its hand, as a writer may be.
hold() {
	hold_lock
	kill -STOP "$holder"
}

# session ADDRESS: one that goes on for a while; $session is its client.
session() {
	"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from "$1" --hold 9999 >"$S/out.$1" &
	session=$!
	started $session
	within 10 grep -q "Logged in" "$S/out.$1"
}

# recorded ADDRESS NAME: its session is recorded soon after now.
recorded() {
	free=$(date +%s)
	within 20 authmap lookup "$1"
	ok $? "$2: the session is recorded soon after"
	echo "# $(($(authmap lookup "$1" | cut -f 4) - free)) seconds"
}

hold
at_best 1 client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.9 --time
is $? 0 "a new client logs in while the lock is held"
[ "$(echo "$took" | awk '{ print ($1 > 0.2) }')" = 1 ]
is $? 0 "  after lock_timeout: ${took}s"
session 203.0.113.2
is $? 0 "  so does one that stays"
like "$(cat "$S/d/log")" "Error: authmap: 203.0.113.2 is not recorded: .*relay.lock: another process holds it" \
	"  it is logged"
authmap lookup 203.0.113.2
is $? 1 "  and may not relay yet"
took=$(client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.1 --time)
is $? 0 "a known client logs in, too: ${took}s"
authmap lookup 203.0.113.1 >/dev/null
is $? 0 "  and may relay"
# Longer than until the first retry: so it is not that alone.
sleep 7
is "$(figures failures)" 3 "  each login is counted once, whatever is retried"
kill -KILL "$holder"
recorded 203.0.113.2 "the holder is killed"

hold
session 203.0.113.3
kill -CONT "$holder"
kill "$holder"
recorded 203.0.113.3 "the holder goes on"

# A writer of ours, stopped in the middle of what it does; found by stopping
# it again and again.
"$O/test/writer" "$CONF" 198.18 100000 >/dev/null &
writer=$!
started $writer
within 5 sh -c "$O/authmap -c $CONF list | grep -q '^198.18'"
for n in $(seq 20 100); do
	kill -STOP $writer
	flock -n "$S/run/relay.lock" true || break
	kill -CONT $writer
	sleep 0.01
done
! flock -n "$S/run/relay.lock" true
is $? 0 "a writer is stopped with the lock in its hand"
session "203.0.113.$n"
is $? 0 "a client logs in"
authmap lookup "203.0.113.$n" >/dev/null
is $? 1 "  and may not relay yet"
kill -CONT $writer
recorded "203.0.113.$n" "the writer goes on"
ended $writer
done_testing
