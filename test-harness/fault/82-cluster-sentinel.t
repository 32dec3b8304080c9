#!/bin/sh
# An engine with a replica and a Sentinel: the master dies, the replica takes its
# place, and the hosts find it.
. "$(dirname "$0")/../lib/tap.sh"
. "$TOP/test-harness/lib/servers.sh"
. "$TOP/test-harness/lib/mta.sh"
. "$TOP/test-harness/lib/cluster.sh"

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
	host_start $host
	cluster_start "$host"
done
within 20 state ready 1 2 3
ok $? "three hosts have found the master"
on 1
authmap record 203.0.113.7 joe imap
within 5 may 203.0.113.7 1 2 3
ok $? "a login on one is on all"

kill -9 "$master"
on 2
authmap record 203.0.113.8 joe imap
is $? 0 "the master dies: logins go on"
within 30 state waiting 1 2 3
within 60 state ready 1 2 3
ok $? "the hosts have found the new one"
within 10 may 203.0.113.8 1 2 3
ok $? "  and tell it what happened meanwhile"
on 3
authmap record 2001:db8::8 amy imap
within 5 may 2001:db8::8 1 2 3 && may 203.0.113.7 1 2 3
ok $? "a login is on all"
agree "all maps are the same"

# One that is named itself, but is a replica.
engine_start third 6381 --replicaof 10.99.0.1 6380
on 1
sed -i 's,^cluster = .*,cluster = redis://authmap@10.99.0.1:6381,' "$CONF"
kill -HUP "$cluster_1"
within 10 grep -q "it is a replica" "$S/cluster.log"
ok $? "a replica is not taken for the engine"
done_testing
