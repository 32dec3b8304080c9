#!/bin/sh
# SPDX-License-Identifier: ISC
# A login that could not be recorded is retried soon after, and when its session
# ends.  It keeps its own time: a retry undoes neither a removal nor a block that
# came after it, even if the block was lifted.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
dovecot_start
blocks=$S/state/relay.blocks

# While the block list cannot be read, no login is recorded.
spoil() {
	echo "no block" >"$blocks"
	chmod 644 "$blocks"
}

# session ADDRESS USER [PROTOCOL]: logs in and stays, as $session.
session() {
	protocol=${3:-imap} port=$IMAP_PROXY
	[ "$protocol" = imap ] || port=$POP3_PROXY
	"$CLIENT" "$protocol" 127.0.0.1 "$port" --from "$1" --user "$2" \
		--hold 9999 >"$S/out-$1" 2>&1 &
	session=$!
	started $session
	within 10 test -s "$S/out-$1"
	ok $? "$2 logs in from $1 over $protocol, and stays"
}

# end PID ADDRESS: end the session, and wait for the end of its mail process.
end() {
	mail=$(mail_process "$2")
	like "$mail" "^[0-9]+$" "the mail process for $2 is known"
	ended "$1"
	within 20 gone "$mail"
	ok $? "  the session ends"
}

relays() {
	authmap lookup "$1" >/dev/null
	is $? 0 "$2"
}

stays_out() {
	authmap lookup "$1" >/dev/null
	is $? 1 "$2"
}

failures() {
	[ "$(figures failures)" -ge "$1" ]
}

echo "# retries soon after the login, and at the end of the session"
spoil
session 203.0.113.1 joe
first=$session
dovecot_logged "Error: authmap: 203.0.113.1 is not recorded: .*relay.blocks:1" \
	"a login cannot be recorded"
failures 1
ok $? "  which is counted"
within 60 failures 2
ok $? "it is retried long before the first refresh"
# The mail process is stopped meanwhile, so that it does not try once more.
mail=$(mail_process 203.0.113.1)
stop "$mail"
: >"$blocks"
stays_out 203.0.113.1 "the block list is corrected"
ended "$first"
kill -CONT "$mail"
end "$first" 203.0.113.1
relays 203.0.113.1 "when the session ends, its address may relay"
spoil
session 203.0.113.2 joe pop3
first=$session
: >"$blocks"
end "$first" 203.0.113.2
relays 203.0.113.2 "so may that of a POP3 session"

echo "# changes between the login and the retry"
spoil
session 203.0.113.11 joe
removed=$session
session 203.0.113.12 bob
blocked=$session
session 203.0.113.13 amy
left=$session
: >"$blocks"
authmap remove 203.0.113.11 >/dev/null 2>&1
authmap block bob >/dev/null
authmap unblock bob
end "$removed" 203.0.113.11
stays_out 203.0.113.11 "a removed address is not recorded"
end "$blocked" 203.0.113.12
stays_out 203.0.113.12 "nor is a user who was blocked and unblocked"
end "$left" 203.0.113.13
relays 203.0.113.13 "another session's login is recorded"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.11 >/dev/null
relays 203.0.113.11 "a new login records the removed address"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.12 --user bob >/dev/null
relays 203.0.113.12 "  and the user who was blocked"

echo "# the lock is held"
hold_lock
kill -STOP "$holder"
session 203.0.113.21 joe
removed=$session
session 203.0.113.22 bob
blocked=$session
session 203.0.113.23 amy
left=$session
dovecot_logged "203.0.113.23 is not recorded: .*another process holds it" \
	"logins are not recorded"
authmap block bob >/dev/null 2>&1
authmap unblock bob
mail=$(mail_process 203.0.113.21)
stop "$mail"
ended "$holder"
authmap remove 203.0.113.21 >"$S/removed" 2>&1
is $? 1 "the lock is released, and an address is removed before it is recorded"
kill -CONT "$mail"
end "$removed" 203.0.113.21
stays_out 203.0.113.21 "the session does not bring back the removed address"
end "$blocked" 203.0.113.22
stays_out 203.0.113.22 "  nor that of the user who was blocked"
end "$left" 203.0.113.23
relays 203.0.113.23 "  and records the other one"
unlike "$(cat "$S/d/log")" "Fatal|Panic" "Dovecot has logged no failure"
done_testing
