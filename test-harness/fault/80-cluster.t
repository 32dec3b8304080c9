#!/bin/sh
# SPDX-License-Identifier: ISC
# The engine is stopped, hangs, and is emptied.  A host is cut off, its authmap-cluster
# is killed, and it loses its map.  Logins and answers go on meanwhile, no valid entry
# is lost, no expired or removed one comes back, and all hosts agree in the end.
. "$(dirname "$0")/../lib/tap.sh"
uses cluster

cluster_begin "1 2 3" "window = 1h"

on 1
dovecot_start
dovecot_of 1
# quick FROM WHAT: a login on host 1 is not delayed, and FROM may relay there.
quick() {
	on 1
	at_best 2 client imap 127.0.0.1 "$IMAP_PROXY" --from "$1" --time
	ok $? "a login succeeds: $2"
	may "$1" 1
	ok $? "  and its address may relay there"
}

# ----- the engine --------------------------------------------------------------
record 1 203.0.113.1
within 5 may 203.0.113.1 1 2 3
ended "$engine"
quick 203.0.113.2 "the engine is down"
record 2 203.0.113.3
may 203.0.113.1 1 2 3
ok $? "  what was there is on all hosts"
within 15 state waiting 1 2 3
engine_start
connected
within 10 may 203.0.113.2 1 2 3 && within 10 may 203.0.113.3 1 2 3
ok $? "it is back, and empty: the logins meanwhile are on all hosts"
agree "  they agree"
is "$(engine_cli --raw keys 'authmap:e:*' | wc -l)" 3 "  and it has all again"

kill -STOP "$engine"
quick 203.0.113.4 "the engine hangs"
record 3 203.0.113.5
within 20 state waiting 1 2 3
ok $? "  which each host notices"
quick 203.0.113.6 "the engine still hangs"
kill -CONT "$engine"
connected
within 10 may 203.0.113.6 1 2 3 && within 10 may 203.0.113.5 1 2 3
ok $? "it goes on: the logins meanwhile are on all hosts"
agree "  they agree"

engine_cli flushall >/dev/null
record 2 203.0.113.7
within 10 may 203.0.113.7 1 2 3
ok $? "emptied while connected: a login is on all hosts"
has_all() {
	[ "$(engine_cli --raw keys 'authmap:e:*' | wc -l)" = 7 ]
}
within 10 has_all
ok $? "  and it has all again"
engine_cli flushall >/dev/null
within 30 has_all
ok $? "emptied, and nobody logs in: it has all again"
engine_cli script flush >/dev/null
record 2 203.0.113.8
within 10 may 203.0.113.8 1 2 3
ok $? "its scripts are gone: a login is on all hosts"
connected

# ----- a host is cut off -------------------------------------------------------
on 1
authmap remove 203.0.113.4 >/dev/null
within 5 may_not 203.0.113.4 1 2 3
cut_off 3
record 1 203.0.113.9
record 3 203.0.113.10
record 3 203.0.113.1 amy
on 1
authmap remove 203.0.113.3 >/dev/null
authmap remove 203.0.113.5 >/dev/null
on 3
authmap remove 203.0.113.6 >/dev/null
authmap remove 203.0.113.8 >/dev/null
sleep 1.1
record 1 203.0.113.4
record 1 203.0.113.5 eve
record 1 203.0.113.6
# A refresh, which is no login.
echo "203.0.113.8 ok" | authmap import - >/dev/null
authmap block 203.0.113.2 >/dev/null
within 15 state waiting 3
# The stream loses the changes that host 3 has not received.
engine_cli xtrim authmap:changes maxlen 0 >/dev/null
may 203.0.113.3 3 && may 203.0.113.10 3
ok $? "a host that is cut off goes on by itself"
heal 3
connected
within 10 may 203.0.113.9 1 2 3 && within 10 may 203.0.113.10 1 2 3
ok $? "it is connected again: the logins of both sides are on all hosts"
within 10 may_not 203.0.113.3 1 2 3
ok $? "  a removed address is removed"
within 10 may 203.0.113.5 1 2 3
ok $? "  unless it has logged in again"
within 10 may 203.0.113.4 1 2 3
ok $? "  also if all hosts had the removal before"
within 10 may 203.0.113.6 1 2 3
ok $? "  or if it was removed on the other side"
within 10 may_not 203.0.113.8 1 2 3
ok $? "  but not because of a refresh"
within 10 may_not 203.0.113.2 1 2 3
ok $? "  a blocked address is blocked"
agree "  they agree"
like "$(map_of 2)" "^203.0.113.1 .* amy$" "  on the last user, too"

# ----- authmap-cluster ---------------------------------------------------------
ended_hard() {
	kill -9 "$1"
	wait "$1" 2>/dev/null
}
ended_hard "$cluster_2"
on 1
authmap remove 203.0.113.7 >/dev/null
sleep 1
record 2 203.0.113.7 bob
record 2 203.0.113.11
on 2
authmap block bob >/dev/null
authmap unblock bob
record 1 203.0.113.12
cluster_start 2
connected
within 10 may 203.0.113.11 1 2 3 && within 10 may 203.0.113.12 1 2 3
ok $? "authmap-cluster was killed: the logins meanwhile are on all hosts"
within 10 may_not 203.0.113.7 1 2 3
ok $? "  a user who was blocked for a moment is removed"
record 2 203.0.113.7 bob
within 10 may 203.0.113.7 1 2 3
ok $? "  and recorded when they log in again"
agree "  they agree"
rm "$BASE/1/run/relay.feed"
record 1 203.0.113.13
within 10 may 203.0.113.13 1 2 3
ok $? "its feed is lost: a login is on all hosts"

# ----- a host loses its map ----------------------------------------------------
on 3
ended_hard "$cluster_3"
rm -rf "$S/run" "$S/state"
sweep
cluster_start 3
connected
agree "a host that lost all files has all entries again"
rm "$BASE/2/run/relay.gdbm"
record 2 203.0.113.14
within 10 may 203.0.113.1 2 && within 10 may 203.0.113.14 1 2 3
ok $? "so has one that lost its map"
agree "  they agree"

is "$(trouble)" "" "no trouble was logged"
done_testing
