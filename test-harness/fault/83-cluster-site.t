#!/bin/sh
# SPDX-License-Identifier: ISC
# Three whole hosts, and faults of the engine, of the network and of a host.  Meanwhile
# the MTAs always relay for an address with an entry, never for one without, and never
# answer "later".  Logins go on, and all hosts agree in the end.
. "$(dirname "$0")/../lib/tap.sh"
uses exim postfix cluster

whole_begin "window = 1h"
on 2
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.1 >/dev/null
within 5 relays 203.0.113.1 1 2 3
ok $? "a login on host 2: each MTA relays for it"
for host in 1 2 3; do
	asking $host 203.0.113.1 203.0.113.99
done

# logins HOST ...: log in to Dovecot on each HOST, from a new address, which may relay
# there at once.
next=10
logins() {
	failed_logins=
	for host; do
		one_login "$host" || failed_logins="$failed_logins $host"
	done
	is "$failed_logins" "" "  logins are recorded on each host meanwhile"
}
one_login() {
	on "$1"
	address=203.0.113.$next
	next=$((next + 1))
	client imap 127.0.0.1 "$IMAP_PROXY" --from $address >/dev/null &&
		may $address "$1"
}
# everybody: each address that has logged in may relay on all hosts.
everybody() {
	for n in $(seq 10 $((next - 1))); do
		may "203.0.113.$n" 1 2 3 || return 1
	done
}
healed() {
	connected
	ok $? "  then all hosts are connected again"
	within 15 everybody
	ok $? "  each address that has logged in may relay on all hosts"
	agree "  their maps are the same, entry by entry"
	gone
}
# gone: the address that was removed before does not come back.
gone() {
	may_not 203.0.113.98 1 2 3
	ok $? "  the removed address does not come back"
}

on 1
authmap record 203.0.113.98 joe imap
within 5 may 203.0.113.98 1 2 3
on 3
authmap remove 203.0.113.98 >/dev/null
within 5 may_not 203.0.113.98 1 2 3
ok $? "an address is removed"

# ----- the engine --------------------------------------------------------------
ended "$engine"
within 15 state waiting 1 2 3
ok $? "the engine is stopped"
logins 1 2 3
engine_start
healed

kill -STOP "$engine"
logins 1 2 3
within 20 state waiting 1 2 3
ok $? "the engine hangs"
logins 1 2 3
kill -CONT "$engine"
healed

engine_cli flushall >/dev/null
ok $? "the engine is emptied"
logins 1 2 3
healed

# ----- the network -------------------------------------------------------------
cut_off 3
logins 1 2 3
within 20 state waiting 3
ok $? "host 3 is cut off"
logins 1 2 3
heal 3
healed

# ----- a host is rebooted ------------------------------------------------------
asked 3 203.0.113.1 203.0.113.99
on 1
authmap record 203.0.113.97 joe imap
within 5 may 203.0.113.97 1 2 3
on 3
# The sweeper does so each minute.
sweep
# shellcheck disable=SC2154 # eval sets them
kill -9 "$cluster_3" "$sweeper_3" "$responder_3"
wait "$cluster_3" "$sweeper_3" "$responder_3" 2>/dev/null
# shellcheck disable=SC2154 # eval sets them
ended "$dovecot_3" "$mta_3"
rm -rf "$S/run" "$S/socketmap"
logins 1 2
on 1
authmap remove 203.0.113.97 >/dev/null
on 3
whole_boot 3
asking 3 203.0.113.1 203.0.113.99
ok $? "host 3 is rebooted"
logins 3
healed
may_not 203.0.113.97 1 2 3
ok $? "  nor does the one that was removed while the host was down"

for host in 1 2 3; do
	asked $host 203.0.113.1 203.0.113.99
done
is "$(trouble)" "" "no trouble was logged"
unlike "$(cat "$BASE"/[123]/sweeper.log "$BASE"/[123]/responder.log)" \
	"Sanitizer|cannot be" "  by the other daemons, either"

# ----- longer than a window ----------------------------------------------------
for host in 1 2 3; do
	sed -i 's/^window = .*/window = 5s/' "$BASE/$host/authmap.conf"
	echo "cluster_max_window = 1h" >>"$BASE/$host/authmap.conf"
	eval "ended \$dovecot_$host; kill -HUP \$cluster_$host \$sweeper_$host"
	on $host
	dovecot_start
	dovecot_of $host
done
connected
for host in 1 2; do
	on $host
	$IN "$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from 198.51.100.$host \
		--idle --hold 9999 >"$BASE/session.$host" &
	started $!
	eval "session_$host=$!"
done
within 10 may 198.51.100.1 1 2 3 && within 10 may 198.51.100.2 1 2 3
ok $? "two sessions, in a window of five seconds"
cut_off 3
kill "$session_2"
within 20 state waiting 3
ok $? "host 3 is cut off"
within 10 one_login 3
ok $? "  logins are recorded there"
sleep 6
within 10 may_not 198.51.100.1 3 && within 10 may 198.51.100.1 1 2
ok $? "  for longer than a window: a session that goes on has expired there only"
within 10 may_not 198.51.100.2 1 2 3
ok $? "  one that has ended has expired on all hosts"
heal 3
within 30 may 198.51.100.1 1 2 3
ok $? "it is connected again: the one that goes on may relay on all hosts"
within 10 relays 198.51.100.1 1 2 3
ok $? "  and relays everywhere"
may_not 198.51.100.2 1 2 3
ok $? "  the one that has ended may not"
relays_not 198.51.100.2 1 2 3
ok $? "  and relays nowhere"
kill "$session_1"
connected
# Expired entries may differ until the next sweep.
sleep 6
swept_the_same() {
	for host in 1 2 3; do
		on $host
		sweep
	done
	same 1 2 3
}
within 15 swept_the_same
ok $? "all maps are the same"
done_testing
