#!/bin/sh
# SPDX-License-Identifier: ISC
# Three hosts share a map through an engine: a login on one opens the relay on all,
# a session in IDLE keeps the entry valid on all, and a removal or a block on one
# applies on all.  A host does not publish the changes of other hosts again.
. "$(dirname "$0")/../lib/tap.sh"
uses exim postfix cluster

whole_begin "window = 8s"

changes() {
	engine_cli --raw xlen authmap:changes
}

# ----- a login -----------------------------------------------------------------
for address in 203.0.113.7 2001:db8::7; do
	relays_not "$address" 1 2 3
	ok $? "the MTA of each host refuses $address"
	on 1
	# Longer than the window, IDLE.
	$IN "$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from "$address" --idle \
		--hold 9999 >"$BASE/session.$address" &
	started $!
	eval "session_${address%%[.:]*}=$!"
	within 10 may "$address" 1 2 3
	ok $? "  after a login on host 1, the responders of 2 and 3 answer OK"
	within 10 relays "$address" 1 2 3
	ok $? "  and the MTA of each host relays for it"
done
on 2
client pop3 127.0.0.1 "$POP3_PROXY" --from 198.51.100.7 --user amy >/dev/null
in_maps() {
	for host in 1 2 3; do
		map_of $host | grep -q "^$1 [1-9]" || return 1
	done
}
within 10 in_maps 198.51.100.7
ok $? "a login over POP3 on host 2 is in all maps, too"
on 1
within 20 alive_since 203.0.113.7 $(($(seen 203.0.113.7) + 9))
within 10 may 203.0.113.7 1 2 3 && within 10 may 2001:db8::7 1 2 3
ok $? "a session in IDLE keeps its entry valid on all hosts"
within 10 relays 203.0.113.7 1 2 3 && within 10 relays 2001:db8::7 1 2 3
ok $? "  and its client may relay on all"
within 10 may_not 198.51.100.7 1 2 3
ok $? "  an entry without a session expires on all"

# ----- no echo -----------------------------------------------------------------
ended "$session_203" "$session_2001"
within 20 may_not 203.0.113.7 1 2 3
ok $? "a session ends, and its entry expires a window later on all hosts"
sleep 1
before=$(changes)
on 2
authmap record 203.0.113.8 joe imap
within 10 in_maps 203.0.113.8
ok $? "a login is in all maps"
sleep 1
is "$(($(changes) - before))" 1 "  and is published once"
is "$(cat "$BASE"/[13]/run/relay.feed | grep -c 203.0.113.8)" 0 \
	"  and not noted by the hosts that receive it"

# ----- another window ----------------------------------------------------------
for host in 1 2 3; do
	sed -i 's/^window = .*/window = 1h/' "$BASE/$host/authmap.conf"
done
for host in 1 2 3; do
	# Each host cuts entries to its own window.
	eval "kill -HUP \$responder_$host \$sweeper_$host"
done
reload 1 2 3
ok $? "all hosts have another window"

# ----- the engine --------------------------------------------------------------
on 2
client pop3 127.0.0.1 "$POP3_PROXY" --from 198.51.100.8 --user amy >/dev/null
within 5 may 198.51.100.8 1 2 3
ok $? "a login over POP3 on host 2 is replicated"
on 1
like "$(authmap lookup 198.51.100.8)" "^198.51.100.8	amy	pop3	" \
	"  with the user"
record=$(engine_cli get authmap:e:198.51.100.8)
is "$(engine_cli pexpiretime authmap:e:198.51.100.8)" "${record%% *}000" \
	"  its key in the engine expires with the entry"
is "$(engine_cli pexpiretime authmap:l:198.51.100.8)" "${record%% *}000" \
	"  and so does that of its login"

# ----- removed -----------------------------------------------------------------
on 1
authmap record 203.0.113.9 joe imap
authmap record 203.0.113.10 amy imap
within 5 may 203.0.113.9 1 2 3
on 3
is "$(authmap remove 203.0.113.9)" "removed 203.0.113.9 joe imap" \
	"an entry is removed on host 3"
within 5 may_not 203.0.113.9 1 2 3
ok $? "  it is removed on all"
on 1
authmap record 203.0.113.9 joe imap
within 5 may 203.0.113.9 1 2 3
ok $? "the next login on host 1 records it on all"

# ----- blocked -----------------------------------------------------------------
on 2
authmap block joe >/dev/null
within 5 may_not 203.0.113.9 1 2 3
ok $? "a user is blocked on host 2: all hosts refuse the user's address"
within 5 may 203.0.113.10 1 2 3
ok $? "  and no other"
taken() {
	! map_of 1 | grep "203.0.113.9 [^0]" && ! map_of 3 | grep "203.0.113.9 [^0]"
}
within 5 taken
ok $? "  its entry is removed from all maps"
for host in 1 3; do
	on $host
	is "$(authmap blocks | cut -f 1,2)" "user	joe" \
		"  host $host has logged the block"
	authmap record 203.0.113.11 joe imap 2>/dev/null
	is $? 1 "  the user is not recorded there any more"
done
authmap block 198.51.100.0/24 --for 1h >/dev/null
within 5 blocked_on 1 198.51.100.0/24
ok $? "a network that is blocked on host 3 is blocked on host 1"
until=$(sed -n 's/ .* network 198.51.100.0.*//p' "$BASE/1/state/relay.blocks")
is "$(engine_cli pexpiretime authmap:b:network:198.51.100.0/24)" \
	"$((until + 31 * 86400))000" "  its key in the engine expires"
relays_not 203.0.113.9 1 2 3
ok $? "the MTA of each host refuses blocked clients"
on 1
authmap unblock joe
free() {
	! blocked_on 2 joe && ! blocked_on 3 joe
}
within 5 free
ok $? "a block that is lifted on host 1 is lifted on all"
authmap lookup 203.0.113.9 >/dev/null
is $? 1 "  the removed entry stays removed"
on 3
authmap record 203.0.113.9 joe imap
within 5 may 203.0.113.9 1 2 3
ok $? "  until the next login"
agree "all maps are the same"
on 1
authmap block amy >/dev/null
authmap unblock amy
authmap block amy >/dev/null
within 5 blocked_on 3 amy
ok $? "blocked, lifted and blocked within a second: blocked on all"
ended "$cluster_3"
on 1
authmap unblock amy
cluster_start 3
gone_on() {
	on "$1"
	! authmap blocks | grep -q "$2"
}
within 10 gone_on 3 amy
ok $? "a block that is lifted while a host is disconnected is lifted there later"
same_blocks() {
	sort "$BASE/1/state/relay.blocks" >"$BASE/blocks"
	for host in 2 3; do
		sort "$BASE/$host/state/relay.blocks" |
			cmp -s "$BASE/blocks" - || return 1
	done
}
within 10 same_blocks
ok $? "all lists of blocks are the same"

# ----- limits ------------------------------------------------------------------
echo "max_per_user = 2" >>"$BASE/2/authmap.conf"
reload 2
on 2
grants=$(authmap stats | sed -n 's/^grants *//p')
on 1
authmap record 203.0.113.81 bob imap
sleep 1
authmap record 203.0.113.82 bob imap
authmap record 203.0.113.83 bob imap
within 5 may 203.0.113.83 1 2 3
may 203.0.113.82 1 2 3
ok $? "a login on another host is stored although the user has reached max_per_user"
on 2
authmap sweep >/dev/null
may_not 203.0.113.81 2
ok $? "  and the next sweep there removes the oldest entry"
is "$(authmap stats | sed -n 's/^grants *//p')" "$grants" \
	"changes of other hosts do not count as grants of this host"

# ----- many blocks -------------------------------------------------------------
awk -v now="$(date +%s)" 'BEGIN {
	for (i = 1; i <= 500; i++)
		printf "%010d %010d user many%d\n", now + 3600, now, i
}' >>"$BASE/2/state/relay.blocks"
all_many() {
	[ "$(authmap blocks | grep -c "user	many")" = 500 ]
}
on 3
within 10 all_many
ok $? "500 blocks of one host apply on another"

# ----- refused changes -------------------------------------------------------
echo "exclude = 203.0.113.64/28" >>"$BASE/2/authmap.conf"
reload 2
on 1
authmap record 203.0.113.70 joe imap
within 5 may 203.0.113.70 1 3
may_not 203.0.113.70 2
ok $? "an address that is excluded on a host is not stored there"

# ----- stats, check ------------------------------------------------------------
like "$(authmap check)" "^ok +cluster +connected to 10.99.0.1, " \
	"authmap check reports the connection"
like "$(authmap stats)" "^connected +yes$" "  so does authmap stats"
like "$(authmap stats)" "^sent +[1-9][0-9]*$" "  how many changes were sent"
like "$(authmap stats)" "^reconciled +[0-9]{4}-" "  and when the map was reconciled"
like "$(authmap stats --json)" '"cluster_connected": true' "  as JSON"
like "$(authmap stats --prometheus)" "^authmap_cluster_received_total [1-9]" \
	"  for Prometheus"
cut_off 1
within 15 state waiting 1
like "$(authmap check)" "^wrong +cluster +not connected to 10.99.0.1" \
	"  and reports a lost connection"
like "$(authmap stats)" "^connected +no$" "  as does authmap stats"
heal 1
within 15 state ready 1
ended "$cluster_1"
like "$(authmap check)" "^wrong +cluster +is not running" \
	"  and that authmap-cluster is not running"
done_testing
