#!/bin/sh
# SPDX-License-Identifier: ISC
# An engine with a replica and a Sentinel: the master dies, the replica takes its
# place, though it has not heard of all, and the hosts find it; and no MTA of
# theirs says "later" meanwhile.
. "$(dirname "$0")/../lib/tap.sh"
uses exim postfix cluster

engine_net
engine_start master 6379
master=$engine
engine_start replica 6380 --replicaof 10.99.0.1 6379
linked() {
	engine_cli -p 6380 info replication | grep -q 'master_link_status:up'
}
within 20 linked
mkdir "$BASE/sentinel"
cat >"$BASE/sentinel/conf" <<-EOF
	port 26379
	bind 0.0.0.0
	protected-mode no
	dir $BASE/sentinel
	sentinel monitor mymaster 10.99.0.1 6379 1
	sentinel down-after-milliseconds mymaster 1000
	sentinel failover-timeout mymaster 3000
	EOF
nsenter -t "$engine_net" -n "$ENGINE" "$BASE/sentinel/conf" --sentinel \
	>"$BASE/sentinel/log" 2>&1 &
started $!
knows() {
	engine_cli -p 26379 info sentinel | grep -q 'slaves=1'
}
within 30 knows
ok $? "a Sentinel knows of a master and its replica"

# The first of them is none.
URL=sentinel://authmap@10.99.0.1:9,10.99.0.1/mymaster
for host in 1 2 3; do
	whole_start $host "window = 1h"
done
within 20 state ready 1 2 3
ok $? "three hosts have found the master"
for address in 203.0.113.7 2001:db8::7; do
	on 1
	client imap 127.0.0.1 "$IMAP_PROXY" --from $address >/dev/null
	within 5 relays $address 1 2 3
	ok $? "a login on one: the MTA of each relays for $address"
done
on 1
authmap record 203.0.113.9 amy imap
within 5 may 203.0.113.9 1 2 3
for host in 1 2 3; do
	asking $host 203.0.113.7 203.0.113.99
done

# The replica hears no more: what is told now is lost with the master.
engine_cli -p 6380 config set masteruser nobody >/dev/null
engine_cli -p 6380 config set masterauth nothing >/dev/null
engine_cli client kill type replica >/dev/null
on 2
authmap record 203.0.113.10 joe imap
on 3
authmap remove 203.0.113.9 >/dev/null
within 5 may 203.0.113.10 1 2 3 && within 5 may_not 203.0.113.9 1 2 3
ok $? "what all have heard of"
is "$(engine_cli -p 6380 exists authmap:e:203.0.113.10)" 0 \
	"  but not the replica"
kill -9 "$master"
for host in 1 2 3; do
	on $host
	client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.2$host >/dev/null
	may 203.0.113.2$host $host
	ok $? "the master dies: logins are recorded on host $host"
done
within 30 state waiting 1 2 3
within 60 state ready 1 2 3
ok $? "the hosts have found the new one"
within 10 may 203.0.113.21 1 2 3 && within 10 may 203.0.113.22 1 2 3 &&
	within 10 may 203.0.113.23 1 2 3
ok $? "  and tell it what happened meanwhile"
agree "  they agree"
may 203.0.113.10 1 2 3
ok $? "  what was lost with the master is let in"
may_not 203.0.113.9 1 2 3
ok $? "  what was removed is not"
like "$(engine_cli -p 6380 get authmap:e:203.0.113.10) $(
	engine_cli -p 6380 get authmap:e:203.0.113.9)" \
	"^[1-9][0-9]* .* joe 0000000000 .* amy$" "  and the new one has heard of both"
for host in 1 2 3; do
	asked $host 203.0.113.7 203.0.113.99
done
on 3
authmap record 2001:db8::8 amy imap
within 5 relays 2001:db8::8 1 2 3
ok $? "a login: the MTA of each relays"
agree "all maps are the same"

# The old one is back, knows nothing, and believes at first that it is master.
engine_start master 6379
demoted() {
	engine_cli info replication | grep -q 'master_link_status:up'
}
within 60 demoted
ok $? "the master of old is a replica now"
on 2
authmap record 203.0.113.11 joe imap
within 5 may 203.0.113.11 1 2 3
ok $? "  and the hosts still hear of each other"
agree "  they agree"
may 203.0.113.10 1 2 3 && may 203.0.113.21 1 2 3 && may 2001:db8::8 1 2 3
ok $? "  nothing valid is lost"
may_not 203.0.113.9 1 2 3
ok $? "  and nothing removed is back"

# One that is named itself, but is a replica.
engine_start third 6381 --replicaof 10.99.0.1 6380
on 1
sed -i 's,^cluster = .*,cluster = redis://authmap@10.99.0.1:6381,' "$CONF"
kill -HUP "$cluster_1"
within 10 grep -q "it is a replica" "$S/cluster.log"
ok $? "a replica is not taken for the engine"
done_testing
