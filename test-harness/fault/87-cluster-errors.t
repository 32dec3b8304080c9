#!/bin/sh
# SPDX-License-Identifier: ISC
# The engine refuses commands: its user lacks a permission, or it is full, cannot save,
# is a replica, or is busy.  Each host reports it in the log, in check and in stats, the
# engine loses nothing, and afterwards the hosts go on by themselves.
. "$(dirname "$0")/../lib/tap.sh"
uses cluster

# With database 1, the user needs +select.
URL=redis://authmap@10.99.0.1/1
cluster_begin "1 2" "window = 1h"

# dump: print all that is in the engine.
cat >"$BASE/dump.lua" <<-'EOF'
	local found = {}
	for _, k in ipairs(redis.call('KEYS', 'authmap:*')) do
	  local kind = redis.call('TYPE', k).ok
	  if kind == 'string' then
	    found[#found + 1] = k..' '..redis.call('GET', k)
	  elseif kind == 'stream' then
	    for _, item in ipairs(redis.call('XRANGE', k, '-', '+')) do
	      found[#found + 1] = k..' '..item[1]
	    end
	  end
	end
	table.sort(found)
	return found
	EOF
cli() {
	engine_cli -n 1 --raw "$@"
}
dump() {
	cli --eval "$BASE/dump.lua"
}
# told HOST WORDS: log, check and stats on HOST give WORDS as the reason.
told() {
	on "$1"
	# The host may be connected for a moment between two failures.
	says() {
		stats=$(authmap stats)
		authmap check | grep -E "^wrong +cluster +not connected to 10.99.0.1: " |
			grep -qE -- "$1" && printf '%s\n' "$stats" |
			grep -E "^cluster +not connected to 10.99.0.1: " |
			grep -qE -- "$1" && printf '%s\n' "$stats" |
			grep -qE "^connected +no$"
	}
	within 15 says "$2"
	ok $? "  check on host $1 says: $2"
	like "$stats" "^connected +no$" "  stats, that it is not connected"
	grep_words "^cluster +not connected to 10.99.0.1: " "$2"
	like "$stats" "^last error +20.* ago$" "  stats: when that was"
	grep -E ": not connected to the engine 10.99.0.1: " "$S/cluster.log" |
		grep -E -- "$2" >"$S/said"
	[ -s "$S/said" ]
	ok $? "  the log says so"
	# The engine words the error of a script in another way than that of a command.
	is "$(sort "$S/said" | uniq -d)" "" "  but once in each wording"
}
grep_words() {
	printf '%s\n' "$stats" | grep -E -- "$1" | grep -qE -- "$2"
	ok $? "  stats: $1"
}
n=10
next() {
	n=$((n + 1)) new=203.0.113.$n
}
# afresh: start authmap-cluster on both hosts, with empty logs.
afresh() {
	# shellcheck disable=SC2154 # cluster_start sets them
	ended "$cluster_1" "$cluster_2"
	trouble >>"$BASE/trouble"
	for host in 1 2; do
		cat "$BASE/$host/cluster.log" >>"$BASE/all.log"
		: >"$BASE/$host/cluster.log"
		cluster_start $host
	done
	within 20 state ready 1 2
}
# restarted HOST: let the host open new connections, as one that joins does.
restarted() {
	eval "kill -HUP \$cluster_$1"
}
# recovers NAME: the hosts go on by themselves, and a login meanwhile is on both.
recovers() {
	within 30 state ready 1 2
	ok $? "$1: the hosts go on by themselves"
	within 10 may "$new" 1 2
	ok $? "  a login of that time is on both"
	on 1
	like "$(authmap check)" "^ok +cluster +connected to 10.99.0.1, .* the last error was .*ago: ." \
		"  check knows the last error"
	like "$(authmap stats)" "^connected +yes$" "  stats, that it is over"
	like "$(authmap stats)" "^cluster +the last error was: ." \
		"  and what it was"
	json=$(authmap stats --json)
	like "$json" '^"cluster_error": "..*"$' "  for programs, too"
	like "$json" '^"cluster_failed": [0-9]+, ' "  and when"
}

record 1 203.0.113.1
record 2 203.0.113.2
record 2 203.0.113.3
remove 2 203.0.113.3
on 1
authmap block eve >/dev/null
within 10 may 203.0.113.2 1 2 && within 10 may_not 203.0.113.3 1 2 &&
	within 10 blocked_on 2 eve
ok $? "logins, a removal and a block are on both hosts"

# ----- permissions -------------------------------------------------------------
# denied NAME WORDS TAKE GIVE: the engine's user loses a permission by the rule TAKE,
# and has it again by GIVE.
denied() {
	next
	afresh
	before=$(dump)
	# shellcheck disable=SC2086 # words are meant
	cli acl setuser authmap $3 >/dev/null
	restarted 2
	told 2 "$2"
	record 2 "$new"
	case $3 in
	# Only new connections need these.
	"-script|load" | -select) ;;
	# No change needs this one, but each host does, every few seconds.
	-role) told 1 "$2" ;;
	*)
		on 1
		authmap remove 203.0.113.1 >/dev/null
		record 1 203.0.113.1
		told 1 "$2"
		;;
	esac
	is "$(dump)" "$before" "  $1: nothing is changed in the engine"
	cli acl setuser authmap "$4" >/dev/null
	within 30 state ready 1 2 && within 10 may "$new" 1 2 &&
		within 10 may 203.0.113.1 1 2
	ok $? "  given back: the hosts go on by themselves"
}
for rule in $(acl | tr ' ' '\n' | sed -n 's/^+//p'); do
	echo "# without +$rule"
	named=$(echo "$rule" | sed 's/|/[|]/')
	denied "without +$rule" "( [+]$named |'$named')" "-$rule" "+$rule"
done
# Each kind of key.
for kind in e l b changes number test; do
	kinds=
	for other in e l b; do
		[ $other = $kind ] || kinds="$kinds ~authmap:$other:*"
	done
	for other in changes number test; do
		[ $other = $kind ] || kinds="$kinds ~authmap:$other"
	done
	echo "# without ~authmap:$kind"
	denied "without ~authmap:$kind" "~authmap:[*]" "resetkeys $kinds" \
		"~authmap:*"
done
like "$(cat "$BASE/1/cluster.log" "$BASE/all.log")" "NOPERM .* is denied: the ACL of this user needs \+[a-z]+ ~authmap:\*" \
	"the log names the rule that is missing"
on 1
unlike "$(authmap check)" "^wrong +cluster" "all is well again"

# ----- a full engine, and others that reject all changes -----------------------
# refused NAME WORDS: the engine rejects changes now, with WORDS.
refused() {
	echo "# $1"
	next
	record 1 "$new"
	restarted 2
	told 1 "$2"
	told 2 "$2"
	is "$(dump | grep -v '^authmap:test')" "$before" \
		"  $1: nothing is changed in the engine"
}
afresh
before=$(dump)
cli config set maxmemory 1 >/dev/null
refused "a full engine" "OOM command not allowed"
cli config set maxmemory 0 >/dev/null
recovers "room again"

afresh
before=$(dump)
mkdir "$BASE/engine/dump.rdb"
touch "$BASE/engine/dump.rdb/x"
cli config set save "3600 1000000" >/dev/null
failed_save() {
	cli bgsave >/dev/null
	sleep 0.2
	cli info persistence | grep -q "^rdb_last_bgsave_status:$1"
}
within 10 failed_save err
refused "an engine that cannot save" "MISCONF"
rm -r "$BASE/engine/dump.rdb"
within 10 failed_save ok
cli config set save "" >/dev/null
recovers "it can save"

afresh
before=$(dump)
cli config set min-replicas-to-write 1 >/dev/null
refused "an engine without its replicas" "NOREPLICAS"
cli config set min-replicas-to-write 0 >/dev/null
recovers "they are not needed"

afresh
before=$(dump)
# It does not reach its master, so it keeps its data.
cli replicaof 10.99.0.1 1 >/dev/null
refused "a master that has become a replica" "it is a replica"
cli replicaof no one >/dev/null
recovers "it is a master again"

# ----- an engine that does not answer ------------------------------------------
afresh
before=$(dump)
cli config set lua-time-limit 100 >/dev/null
cli eval "while true do end" 0 >"$BASE/busy" 2>&1 &
started $!
next
record 1 "$new"
told 1 "BUSY"
engine_cli script kill >/dev/null
recovers "a script that keeps it busy is ended"
is "$(dump | grep -vF -e "authmap:changes" -e "authmap:number" -e "$new")" \
	"$(echo "$before" | grep -v -e "authmap:changes" -e "authmap:number")" \
	"  nothing is lost"

afresh
cli eval "for i = 1, 3000 do redis.call('SET', 'foreign:'..i, 'x') end" 0 \
	>/dev/null
cli save >/dev/null
ended "$engine"
next
record 1 "$new"
# It loads them for half a minute, or until the host has reported it.
engine_start engine 6379 --dbfilename dump.rdb --key-load-delay 10000 \
	--loading-process-events-interval-bytes 1024
told 1 "LOADING"
cli config set key-load-delay 0 >/dev/null
within 60 state ready 1 2
recovers "it has loaded what it had"
cli eval "for i = 1, 3000 do redis.call('DEL', 'foreign:'..i) end" 0 >/dev/null

# ----- keys of another type ----------------------------------------------------
{
	echo "LPUSH authmap:e:203.0.113.240 x"
	echo "LPUSH authmap:l:203.0.113.241 x"
	echo "LPUSH authmap:b:user:bob x"
	echo "SET authmap:changes x"
	echo "DEL authmap:number"
	echo "LPUSH authmap:number x"
} | engine_cli -n 1 >/dev/null
restarted 1
restarted 2
ready_and_stream() {
	state ready 1 2 && [ "$(cli type authmap:changes)" != string ]
}
within 20 ready_and_stream
ok $? "keys of another type: the hosts are connected all the same"
for address in 203.0.113.240 203.0.113.241; do
	record 1 "$address"
	within 20 may "$address" 1 2
	ok $? "  a login of $address is on both"
done
on 1
authmap block bob >/dev/null
within 20 blocked_on 2 bob
ok $? "  a block of bob is on both"
is "$(cli type authmap:number) $(cli type authmap:changes)" "string stream" \
	"  and the stream is begun again"

# ----- Redis Cluster -----------------------------------------------------------
engine_start parts 6380 --cluster-enabled yes
on 2
sed -i 's,^cluster = .*,cluster = redis://authmap@10.99.0.1:6380,' "$CONF"
restarted 2
not_connected() {
	authmap check | grep -qE "^wrong +cluster +not connected to 10.99.0.1: .*([Cc]luster|CLUSTER|slot)"
}
within 15 not_connected
ok $? "Redis Cluster: check says why not"

is "$(cat "$BASE/trouble"; trouble)" "" "no trouble was logged"
done_testing
