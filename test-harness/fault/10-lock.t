#!/bin/sh
# A process holds the writers' lock and is stopped.  A login takes lock_timeout
# longer at the most, is logged, and its grant appears once the process goes on
# or is killed.
. "$(dirname "$0")/../lib/tap.sh"
. "$TOP/test-harness/lib/servers.sh"

authmap_conf
sweep
dovecot_start reuse
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.1 >/dev/null

# Holds the lock as a writer of ours does: $holder is its pid.
hold() {
	rm -f "$S/held"
	flock -F "$S/run/relay.lock" sh -c ": >$S/held; exec sleep 60" &
	holder=$!
	started $holder
	within 5 test -e "$S/held"
	kill -STOP $holder
}

hold
took=$(client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.2 --time)
is $? 0 "a new client logs in while the lock is held"
[ "$(echo "$took" | awk '{ print ($1 > 0.2 && $1 < 1) }')" = 1 ]
is $? 0 "  after lock_timeout: ${took}s"
like "$(cat "$S/d/log")" "Error: authmap: recorded 203.0.113.2 service=imap user=joe: not published yet: another writer holds the lock" \
	"  it is logged"
authmap lookup 203.0.113.2
is $? 1 "  and may not relay yet"
took=$(client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.1 --time)
is $? 0 "a known client logs in, too: ${took}s"
authmap lookup 203.0.113.1 >/dev/null
is $? 0 "  and may relay"

kill -KILL "$holder"
sweep
authmap lookup 203.0.113.2 >/dev/null
is $? 0 "the holder is killed: the sweeper publishes the grant"

hold
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.3 >/dev/null
kill -CONT "$holder"
kill "$holder"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.1 >/dev/null
authmap lookup 203.0.113.3 >/dev/null
is $? 0 "the holder goes on: the next login publishes it"

# A writer of ours, stopped in the middle of what it does; found by stopping
# it again and again.
"$O/test/writer" "$CONF" 198.18 100000 >/dev/null &
writer=$!
started $writer
within 5 sh -c "$O/authmap -c $CONF list | grep -q '^198.18'"
for n in $(seq 20 60); do
	kill -STOP $writer
	flock -n "$S/run/relay.lock" true || break
	kill -CONT $writer
	sleep 0.01
done
! flock -n "$S/run/relay.lock" true
is $? 0 "a writer is stopped with the lock in its hand"
client imap 127.0.0.1 "$IMAP_PROXY" --from "203.0.113.$n" >/dev/null
is $? 0 "a client logs in"
authmap lookup "203.0.113.$n" >/dev/null
is $? 1 "  and may not relay yet"
kill -CONT $writer
within 5 authmap lookup "203.0.113.$n"
is $? 0 "  but when the writer goes on"
ended $writer
done_testing
