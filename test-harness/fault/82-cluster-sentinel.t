#!/bin/sh
# SPDX-License-Identifier: ISC
# An engine has a replica and a Sentinel.  The master dies, and the replica, which has
# not received all changes, takes its place.  The hosts find it, and no MTA answers
# "later" meanwhile.
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
	sentinel down-after-milliseconds mymaster 5000
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

# The first of the addresses has no Sentinel.
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

# The replica receives no more changes, so those from now on are lost with the master.
engine_cli -p 6380 config set masteruser nobody >/dev/null
engine_cli -p 6380 config set masterauth nothing >/dev/null
engine_cli client kill type replica >/dev/null
on 2
authmap record 203.0.113.10 joe imap
on 3
authmap remove 203.0.113.9 >/dev/null
within 5 may 203.0.113.10 1 2 3 && within 5 may_not 203.0.113.9 1 2 3
ok $? "a login and a removal are on all hosts"
is "$(engine_cli -p 6380 exists authmap:e:203.0.113.10)" 0 \
	"  but not on the replica"
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
ok $? "  and send it the logins meanwhile"
agree "  they agree"
may 203.0.113.10 1 2 3
ok $? "  the address of the login that was lost with the master may relay"
may_not 203.0.113.9 1 2 3
ok $? "  the removed address may not"
like "$(engine_cli -p 6380 get authmap:e:203.0.113.10) $(
	engine_cli -p 6380 get authmap:e:203.0.113.9)" \
	"^[1-9][0-9]* .* joe 0000000000 .* amy$" "  and the new master has both"
for host in 1 2 3; do
	asked $host 203.0.113.7 203.0.113.99
done
on 3
authmap record 2001:db8::8 amy imap
within 5 relays 2001:db8::8 1 2 3
ok $? "a login: the MTA of each relays"
agree "all maps are the same"

# The old master comes back empty, and at first acts as the master.
engine_start master 6379
demoted() {
	engine_cli info replication | grep -q 'master_link_status:up'
}
within 60 demoted
ok $? "the old master is a replica now"
on 2
authmap record 203.0.113.11 joe imap
within 5 may 203.0.113.11 1 2 3
ok $? "  and changes still reach all hosts"
agree "  they agree"
may 203.0.113.10 1 2 3 && may 203.0.113.21 1 2 3 && may 2001:db8::8 1 2 3
ok $? "  nothing valid is lost"
may_not 203.0.113.9 1 2 3
ok $? "  and nothing removed is back"

# The setting cluster names a replica.
engine_start third 6381 --replicaof 10.99.0.1 6380
on 1
sed -i 's,^cluster = .*,cluster = redis://authmap@10.99.0.1:6381,' "$CONF"
kill -HUP "$cluster_1"
within 10 grep -q "it is a replica" "$S/cluster.log"
ok $? "a replica is not used as the engine"
done_testing
