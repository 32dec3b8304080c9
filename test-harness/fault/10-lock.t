#!/bin/sh
# SPDX-License-Identifier: ISC
# A process holds the writers' lock and is stopped.  A login takes lock_timeout
# longer at the most, and is logged.  Its address may relay within two seconds after
# the process goes on or is killed.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
dovecot_start reuse
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.1 >/dev/null

# hold: another process holds the lock, and is stopped, as a writer may be.
hold() {
	hold_lock
	kill -STOP "$holder"
}

# session ADDRESS: a session begins and goes on; $session is its client.
session() {
	"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from "$1" --hold 9999 >"$S/out.$1" &
	session=$!
	started $session
	within 10 grep -q "Logged in" "$S/out.$1"
}

# recorded ADDRESS NAME: the session from ADDRESS is recorded soon.
recorded() {
	free=$(date +%s)
	within 20 authmap lookup "$1"
	ok $? "$2: the session is recorded soon after"
	echo "# $(($(authmap lookup "$1" | cut -f 4) - free)) seconds"
}

hold
new_client() {
	echo >>"$S/new"
	client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.9 --time
}
at_best 1 new_client
is $? 0 "a new client logs in while the lock is held"
[ "$(echo "$took" | awk '{ print ($1 > 0.2) }')" = 1 ]
is $? 0 "  after lock_timeout: ${took}s"
session 203.0.113.2
is $? 0 "  so does one that stays"
dovecot_logged "Error: authmap: 203.0.113.2 is not recorded: .*relay.lock: another process holds it" \
	"  it is logged"
authmap lookup 203.0.113.2
is $? 1 "  and may not relay yet"
took=$(client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.1 --time)
is $? 0 "a known client logs in, too: ${took}s"
authmap lookup 203.0.113.1 >/dev/null
is $? 0 "  and may relay"
# Longer than until the first retry.
sleep 7
is "$(figures failures)" $(($(wc -l <"$S/new") + 2)) "  each login is counted once, whatever is retried"
kill -KILL "$holder"
recorded 203.0.113.2 "the holder is killed"

# freed SIGNAL: a session begins while the lock is held.  Prints how many seconds
# after SIGNAL to the holder its address may relay.
freed() {
	echo >>"$S/freed"
	address=198.51.100.$(wc -l <"$S/freed")
	hold
	session "$address"
	kill "-$1" "$holder"
	kill "$holder" 2>/dev/null
	begin=$(date +%s%N)
	within 20 authmap lookup "$address"
	found=$?
	echo "$begin $(date +%s%N)" | awk '{ print ($2 - $1) / 1e9 }'
	ended "$session"
	return $found
}
at_best 2 freed KILL
ok $? "the holder is killed: the session is recorded within two seconds ($took)"
at_best 2 freed CONT
ok $? "the holder goes on: the session is recorded within two seconds ($took)"

# POP3 sessions are short.
failures=$(figures failures)
hold
client pop3 127.0.0.1 "$POP3_PROXY" --from 203.0.113.4 >/dev/null
is $? 0 "a POP3 session begins and ends while the lock is held"
dovecot_logged "203.0.113.4 is not recorded: .*another process holds it" \
	"  it is logged"
is "$(figures failures)" $((failures + 1)) "  and counted"
# It tries once more at its end.
within 20 gone "$(mail_process 203.0.113.4)"
ok $? "  and its process has ended"
"$CLIENT" pop3 127.0.0.1 "$POP3_PROXY" --from 203.0.113.5 --hold 9999 \
	--until "$S/leave" >"$S/pop3" &
pop3=$!
started $pop3
within 10 test -s "$S/pop3"
ok $? "another begins"
kill -KILL "$holder"
: >"$S/leave"
wait $pop3
within 20 authmap lookup 203.0.113.5
ok $? "the lock is released before it ends: its address may relay"
authmap lookup 203.0.113.4
is $? 1 "  that of the one before may not"

# A writer is stopped repeatedly, until it holds the lock when it is stopped.
"$O/test/writer" "$CONF" 198.18 100000 >/dev/null &
writer=$!
started $writer
within 5 sh -c "$O/authmap -c $CONF list | grep -q '^198.18'"
for n in $(seq 20 100); do
	stop $writer
	flock -n "$S/run/relay.lock" true || break
	kill -CONT $writer
	sleep 0.01
done
! flock -n "$S/run/relay.lock" true
is $? 0 "a writer is stopped while it holds the lock"
session "203.0.113.$n"
is $? 0 "a client logs in"
authmap lookup "203.0.113.$n" >/dev/null
is $? 1 "  and may not relay yet"
kill -CONT $writer
recorded "203.0.113.$n" "the writer goes on"
ended $writer
done_testing
