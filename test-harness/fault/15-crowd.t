#!/bin/sh
# 500 connections to the responder at once, half of which only misbehave: the
# others are answered, and memory stays bounded.  When there are too many, the
# idlest go.
. "$(dirname "$0")/../lib/tap.sh"
. "$TOP/test-harness/lib/servers.sh"
. "$TOP/test-harness/lib/mta.sh"

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
# crowd_comes: $crowd is there, and stays until crowd_goes.
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

authmap_conf "socket = $SOCKET"
sweep
authmap record 203.0.113.7 joe imap
responder_start
is "$(ask "$SOCKET" "relay 203.0.113.7")" "OK OK" "it answers"
before=$(resident)
before_fds=$(descriptors)
crowd_comes
is "$(cat "$S/crowd")" "500 connections, 2500 right answers" \
	"every honest one of them is answered"
is "$(ask "$SOCKET" "relay 203.0.113.7")" "OK OK" "so is one who comes later"
grown=$(($(resident) - before))
[ $grown -lt 10240 ]
ok $? "memory grew by $grown KiB"
is "$(ask "$SOCKET" "$(printf '%01500d' 0)")" \
	"PERM that is no netstring, or too long" "a question that is too long"
crowd_goes
within 10 few_descriptors
ok $? "all have left: nothing of them is"
responder_stop

# No room for all: the idlest make room.
authmap_conf "socket = $SOCKET" "max_connections = 20"
responder_start
ask "$SOCKET" "relay 203.0.113.7" >/dev/null
is "$(ask --beside "$SOCKET" 200)" "200 right answers, 19 still there" \
	"of 200 idle ones the last stay, and who asks now and then"

# It runs out of descriptors before max_connections is reached.
responder_stop
authmap_conf "socket = $SOCKET"
# shellcheck disable=SC2016 # the inner shell fills it in
responder_start sh -c 'ulimit -S -n 40 && ulimit -H -n 64 && exec "$@"' sh
like "$(cat "$S/responder.log")" "only 64 descriptors" "few descriptors: a warning"
like "$(ask --beside "$SOCKET" 200)" \
	"^200 right answers, [45][0-9] still there" "  and the idlest make room"
responder_stop

# All come at once while it does not listen: they wait for their turn.
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
	"more than max_connections at once: each has his turn"
done_testing
