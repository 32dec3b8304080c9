#!/bin/sh
# SPDX-License-Identifier: ISC
# The responder has 500 connections at once, half of which misbehave: the others are
# answered, and memory stays bounded.  If there are too many, those that were idle
# for the longest are closed.  No account, and no crowd of them, keeps others out.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

ask() {
	"$TOP/test-harness/programs/socketmap" "$@" 2>&1
}
resident() {		# in KiB
	awk '/^VmRSS:/ { print $2 }' "/proc/$responder/status"
}
descriptors() {
	find "/proc/$responder/fd" -mindepth 1 | wc -l
}
few_descriptors() {
	[ "$(descriptors)" -le $((before_fds + 1)) ]
}
# crowd_comes: $crowd opens its connections, and keeps them until crowd_goes.
crowd_comes() {
	mkfifo "$S/stay"
	"$TOP/test-harness/programs/socketmap" --crowd "$SOCKET" <"$S/stay" \
		>"$S/crowd" 2>&1 &
	crowd=$!
	started $crowd
	exec 9>"$S/stay"
	within 60 test -s "$S/crowd"
}
crowd_goes() {
	exec 9>&-
	wait "$crowd"
	rm "$S/stay"
}

begin "socket = $SOCKET"
authmap record 203.0.113.7 joe imap
responder_start
is "$(ask "$SOCKET" "relay 203.0.113.7")" "OK OK" "it answers"
before=$(resident)
before_fds=$(descriptors)
crowd_comes
is "$(cat "$S/crowd")" "500 connections, 2500 right answers" \
	"every honest one of them is answered"
is "$(ask "$SOCKET" "relay 203.0.113.7")" "OK OK" "so is one that comes later"
grown=$(($(resident) - before))
[ $grown -lt 10240 ]
ok $? "memory grew by $grown KiB"
is "$(ask "$SOCKET" "$(printf '%01500d' 0)")" \
	"PERM not a netstring, or too long" "a question that is too long"
crowd_goes
within 10 few_descriptors
ok $? "all have left: their descriptors are closed"
responder_stop

# There is no room for all: those that were idle for the longest are closed.
authmap_conf "socket = $SOCKET" "max_connections = 20"
responder_start
ask "$SOCKET" "relay 203.0.113.7" >/dev/null
is "$(ask --beside "$SOCKET" 200)" "200 right answers, 19 still there" \
	"of 200 idle ones the last stay, as does one that asks at times"

# It runs out of descriptors before max_connections is reached.
responder_stop
authmap_conf "socket = $SOCKET"
# shellcheck disable=SC2016 # the inner shell fills it in
responder_start sh -c 'ulimit -S -n 40 && ulimit -H -n 64 && exec "$@"' sh
like "$(cat "$S/responder.log")" "only 32 connections are possible with 64 descriptors" \
	"few descriptors: a warning"
like "$(ask --beside "$SOCKET" 200)" \
	"^200 right answers, 31 still there" \
	"  those that were idle for the longest are closed"
responder_stop

# No account keeps the others out.  Of 40 connections, an ordinary account may have
# 10, and all ordinary accounts together 20.
cp "$TOP/test-harness/programs/socketmap" "$S/asker"
cp "$O/authmap" "$S/authmap"
as() {			# as UID ARGUMENT ...
	uid=$1
	shift
	setpriv --reuid="$uid" --regid="$uid" --clear-groups "$S/asker" "$@"
}
# holds NAME UID N [SOCKET]: UID opens N connections, and keeps them until "leave
# NAME".
holds() {
	mkfifo "$S/$1.stay"
	as "$2" --hold "${4:-$SOCKET}" "$3" <"$S/$1.stay" >"$S/$1.held" 2>&1 &
	started $!
	eval "pid_$1=$!"
	sleep 9999 >"$S/$1.stay" &
	started $!
	eval "stay_$1=$!"
	within 20 test -s "$S/$1.held"
}
# leave NAME: print how many of its connections were answered, and how many were
# still open in the end.
leave() {
	eval "ended \$stay_$1; wait \$pid_$1"
	tr '\n' ' ' <"$S/$1.held"
	rm "$S/$1.stay"
}
# answers UID N [SOCKET]: the answers on N connections, one after the other.
answers() {
	for _ in $(seq "$2"); do
		as "$1" "${3:-$SOCKET}" "relay 203.0.113.7"
	done | sort | uniq -c | tr -s ' '
}
PORT=$(low_port)
: >"$S/responder.log"
authmap_conf "socket = $SOCKET inet:127.0.0.1:$PORT" "max_connections = 40"
responder_start
before_fds=$(($(descriptors) + 40))
holds joe 1033 30
like "$(cat "$S/responder.log")" "too many connections: uid 1033 has 11 of 40" \
	"a user who takes too many is named in the log"
is "$(answers 1033 1)" " 1 OK OK" "  the user's newest connection is answered"
is "$(answers 33 20)" " 20 OK OK" "  others are"
holds mta 33 20
is "$(cat "$S/mta.held")" "20 answered" "an MTA has many connections"
for uid in $(seq 1034 1053); do
	holds "crowd$uid" "$uid" 5
done
few_descriptors
ok $? "a crowd of users comes: there are no more than max_connections"
is "$(answers 33 20)" " 20 OK OK" "  the MTA is answered"
is "$(answers 25 20)" " 20 OK OK" "  so is another system account"
is "$(answers 0 20)" " 20 OK OK" "  and root"
is "$(answers 1099 20)" " 20 OK OK" "  and one more user"
is "$(answers 1099 20 "inet:127.0.0.1:$PORT")" " 20 OK OK" "  and over TCP"
leave mta >"$S/left"
like "$(cat "$S/left")" "^20 answered (1[6-9]|20) still there" \
	"  the MTA has kept nearly all its connections"
here=0
for uid in $(seq 1034 1053); do
	leave "crowd$uid" >"$S/left"
	here=$((here + $(sed 's/.*answered \([0-9]*\) .*/\1/' "$S/left")))
done
leave joe >"$S/left"
like "$(cat "$S/left")" "^[0-9]+ answered ([0-9]|10) still there" \
	"  the user has no more than a share"
here=$((here + $(sed 's/.*answered \([0-9]*\) .*/\1/' "$S/left")))
[ $here -le 20 ] && [ $here -ge 15 ]
ok $? "  and all users together half of them ($here)"
is "$(grep -c "too many connections" "$S/responder.log")" 1 \
	"  the log has one line of it all"

holds tcp 1033 30 "inet:127.0.0.1:$PORT"
leave tcp >"$S/left"
like "$(cat "$S/left")" " 10 still there" "all TCP clients together are one user"
holds rich 33 60
leave rich >"$S/left"
like "$(cat "$S/left")" "^[456][0-9] answered 40 still there $" \
	"a system account may have all, as long as nobody else comes"

# They connect and leave as fast as they can.
mkfifo "$S/churning"
for uid in 1033 1034 1035; do
	as $uid --churn "$SOCKET" <"$S/churning" >"$S/churn.$uid" 2>&1 &
	started $!
done
exec 9>"$S/churning"
for uid in 1033 1034 1035; do
	within 10 test -s "$S/churn.$uid"
done
is "$(answers 33 50)" " 50 OK OK" "users who connect and leave all the time: MTAs are answered"
exec 9>&-
responder_stop

# All connect at once while the responder is stopped: each waits for its turn.
authmap_conf "socket = $SOCKET" "max_connections = 8"
responder_start
kill -STOP "$responder"
for i in $(seq 30); do
	ask "$SOCKET" "relay 203.0.113.7" >"$S/turn.$i" &
	started $!
done
# shellcheck disable=SC2009 # the state of one process
within 10 sh -c "[ \$(grep -c ' $SOCKET\$' /proc/net/unix) -gt 30 ]"
kill -CONT "$responder"
within 10 sh -c "[ \$(cat '$S'/turn.* | wc -l) = 30 ]"
is "$(cat "$S"/turn.* | sort | uniq -c | tr -s ' ')" " 30 OK OK" \
	"more than max_connections at once: each has its turn"

# They fill the queue of the socket.  Each time the queue is full when relaylock
# comes, so one answer shows that it waits.
relayed=no
for _ in 1 2 3; do
	kill -STOP "$responder"
	is "$(as 1033 --fill "$SOCKET")" full "the queue of the socket is full"
	TCPREMOTEIP=203.0.113.7 setpriv --reuid=1034 --regid=1034 --clear-groups \
		"$S/authmap" -c "$CONF" relaylock -- env >"$S/env" 2>"$S/env.err" &
	asking=$!
	started $asking
	sleep 0.2
	kill -CONT "$responder"
	wait $asking
	! grep -q "^RELAYCLIENT=" "$S/env" || relayed=yes
	[ $relayed = no ] || break
done
is $relayed yes "  a client of the library waits until it is accepted"
done_testing
