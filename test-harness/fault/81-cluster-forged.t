#!/bin/sh
# SPDX-License-Identifier: ISC
# The engine has garbage, forged records, entries that expire too late, and foreign
# keys.  Each is rejected and logged once, and no address may relay by it.  A clock that
# is wrong lets no address relay for longer than a window.
. "$(dirname "$0")/../lib/tap.sh"
uses cluster

cluster_begin "1 2" "window = 1h"
on 1
authmap record 203.0.113.7 joe imap
within 5 may 203.0.113.7 1 2

now=$(date +%s)
good="$((now + 600)) $now imap eve"
# put KEY VALUE: print the command that stores an entry or a block.
put() {
	printf 'SET "authmap:%s" "%s"\n' "$1" "$2"
}
# change HOST NUMBER OP KEY VALUE: print the command that adds a change.
change() {
	printf 'XADD authmap:changes * h "%s" n "%s" o "%s" k "%s" v "%s"\n' "$@"
}
rejected_by() {
	sed -n 's/^rejected //p' "$BASE/$1/run/relay.cluster"
}
stored() {
	for host in 1 2; do
		map_of $host || echo "no map of $host"
	done | grep -cv '^203.0.113.7 .* joe$'
}
heard() {
	[ "$(sed -n 's/^state //p' "$BASE/2/run/relay.cluster")" = ready ] &&
		may "$1" 2
}

compared_rarely() {
	before=$(sed -n 's/^reconciled //p' "$BASE/1/run/relay.cluster")
	sleep 1.5
	[ -n "$before" ] &&
		[ "$(sed -n 's/^reconciled //p' "$BASE/1/run/relay.cluster")" = "$before" ]
}

# ----- values ------------------------------------------------------------------
{
	put e:203.0.113.20 ""
	put e:203.0.113.21 garbage
	put e:203.0.113.22 "$good\\x00"
	put e:203.0.113.23 "$good more"
	put e:203.0.113.24 "9999999999 9999999999 imap eve"
	put e:203.0.113.25 "9999999999 $now imap eve"
	put e:203.0.113.26 "$((now + 600)) $((now + 300)) imap eve"
	put e:203.0.113.27 "$((now + 30 * 86400)) $now imap eve"
	put e:203.0.113.28 "$((now - 1)) $((now - 600)) imap eve"
	put e:203.0.113.0/24 "$good"
	put e:0.0.0.0/0 "$good"
	put e:2001:db8::/32 "$good"
	put e:2001:DB8::1 "$good"
	put e:mail.example.org "$good"
	put e: "$good"
	put "e:203.0.113.29\\x00" "$good"
	put e:127.0.0.1 "$good"
	put "b:user:joe" "garbage"
	put "b:user:amy" "0000000000 $now user a b"
	put "b:network:x" "0000000000 $now network x"
	put "b:user:eve" "0000000000 $((now + 300)) user eve"
	put "x:203.0.113.30" "$good"
	echo "LPUSH authmap:e:203.0.113.31 x"
	echo "HSET authmap:e:203.0.113.32 x y"
	echo "SADD authmap:b:user:bob x"
	echo "SETRANGE authmap:e:203.0.113.33 50000000 x"
	for i in $(seq 20); do
		echo "EVAL \"for i = 1, 25000 do" \
			"redis.call('SET', 'foreign:$i:'..i, 'x')" \
			"redis.call('SET', 'authmap:e:garbage$i:'..i, 'x') end\" 0"
	done
	for i in $(seq 3000); do
		echo "SET authmap:e:garbage-$i x"
	done
} | engine_cli >"$BASE/planted" 2>&1
is "$(grep -vcE '^(OK|1|50000001|)$' "$BASE/planted") $(engine_cli dbsize |
	grep -cE '^100[0-9]{4}$')" "0 1" \
	"much is planted in the engine, and a million foreign keys"
on 2
ended "$cluster_2"
# It may have read some of it already, if it had to connect again.
: >"$S/cluster.log"
cluster_start 2
within 60 state ready 2
ok $? "a host that compares its map with it is ready soon"
is "$(stored)" 0 "  and has stored nothing of it"
refusals=$(rejected_by 2)
[ "$refusals" -gt 503010 ]
ok $? "  it has rejected each"
reasons=$(sed -n 's/.*rejected from the engine: ".*": \([^(]*\) (.*/\1/p' \
	"$BASE/2/cluster.log" | sort)
is "$(echo "$reasons" | uniq -d)" "" "  and logged each reason once"
like "$reasons" "is not an address" "  such as this one"
rss=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$cluster_2/status")
[ "$rss" -lt 16000 ]
ok $? "  in little memory"
on 1
authmap record 203.0.113.24 joe imap
authmap record 203.0.113.21 joe imap
authmap record 203.0.113.31 joe imap
authmap record 203.0.113.27 joe imap
within 5 may 203.0.113.24 1 2 && within 5 may 203.0.113.21 1 2 &&
	within 5 may 203.0.113.31 1 2 && within 5 may 203.0.113.27 1 2
ok $? "logins from some of these addresses are on both hosts all the same"
engine_cli eval "for _, k in ipairs(redis.call('KEYS', 'authmap:e:garbage*')) do
	redis.call('DEL', k) end" 0 >/dev/null
for address in 203.0.113.24 203.0.113.21 203.0.113.31 203.0.113.27; do
	authmap remove $address >/dev/null
	within 5 may_not $address 1 2
done

# ----- changes -----------------------------------------------------------------
n=$(engine_cli --raw get authmap:number)
{
	change x $((n + 1)) + 203.0.113.40 garbage
	change x $((n + 2)) + garbage "$good"
	change x $((n + 3)) x 203.0.113.41 "$good"
	change x $((n + 4)) b x garbage
	change x $((n + 5)) + 203.0.113.42 "9999999999 9999999999 imap eve"
	echo "XADD authmap:changes * x y"
	change x -5 + 203.0.113.43 garbage
	echo "XADD authmap:changes * h x n y o z k a v"
	echo "SET authmap:number $((n + 5))"
} | engine_cli >"$BASE/planted" 2>&1
on 1
authmap record 203.0.113.44 joe imap
within 20 may 203.0.113.44 1 2
ok $? "forged changes: a login after them is on both hosts"
is "$(map_of 2 | grep -c '203.0.113.4[0-3]')" 0 "  no other address"
is "$(for h in 1 2; do on $h; authmap blocks; done)" "" "  and no user is blocked"
within 20 state ready 1 2
echo "SET authmap:changes x" | engine_cli >/dev/null
ended "$cluster_1" "$cluster_2"
cluster_start 2
cluster_start 1
authmap record 203.0.113.45 joe imap
may 203.0.113.45 1
ok $? "no stream at all: the host goes on by itself"
within 20 may 203.0.113.45 1 2
ok $? "  and a login is on both hosts in the end"
within 20 state ready 1 2
ok $? "  since the stream was created again"

# ----- far too large -----------------------------------------------------------
# big COMMAND: run COMMAND, in which big is a string of 40 MB.
big() {
	engine_cli eval "local big = string.rep('x', 40000000) return $1" 0
}
told=203.0.113.46
new_login() {
	told=203.0.113.$((${told##*.} + 1))
	authmap record $told joe imap
	within 20 may $told 1 2
	ok $? "  a login is on both hosts all the same"
	ended "$cluster_2"
	cluster_start 2
	within 20 state ready 2
	ok $? "  and a host that is started again compares its map"
	on 1
}
big "redis.call('XADD', 'authmap:changes', '*', 'x', big)" >/dev/null
ok $? "a change of 40 MB"
new_login
big "redis.call('SET', 'authmap:e:'..big, 'x')" >/dev/null
ok $? "a key whose name has 40 MB"
new_login
big "redis.call('SET', 'authmap:e:203.0.113.46', big)" >/dev/null
big "redis.call('SET', 'authmap:b:user:joe', big)" >/dev/null
ok $? "an entry and a block of 40 MB"
new_login
engine_cli set authmap:number 9223372036854775807 >/dev/null
ok $? "the largest number"
new_login
engine_cli set authmap:number x >/dev/null
ok $? "a number that is not valid"
new_login
engine_cli xadd authmap:changes 18446744073709551615-18446744073709551615 \
	x y >/dev/null
ok $? "the last id that a stream can have"
new_login
within 10 compared_rarely
ok $? "no host compares its map repeatedly"
engine_cli eval "for _, k in ipairs(redis.call('KEYS', 'authmap:*')) do
	if #k > 100 then redis.call('DEL', k) end end" 0 >/dev/null

# ----- permissions -------------------------------------------------------------
# as COMMAND ...: run COMMAND as the engine's user for authmap.
as() {
	engine_cli --user authmap --pass secret --no-auth-warning "$@" 2>&1
}
like "$(as set other:key x)" "NOPERM" "the user for authmap may write no other key"
like "$(as flushall)" "NOPERM" "  nor run another command"
on 1
echo wrong >"$BASE/wrong"
chmod 644 "$BASE/wrong"
sed -i "s,^cluster_password_file = .*,cluster_password_file = $BASE/wrong," \
	"$CONF"
kill -HUP "$cluster_1"
within 10 grep -q "WRONGPASS" "$S/cluster.log"
ok $? "a wrong password is logged"
like "$(authmap check)" "^warning +cluster +.*chmod 400" \
	"  and a password that everybody may read"
sed -i "s,^cluster_password_file = .*,cluster_password_file = $S/password," \
	"$CONF"
kill -HUP "$cluster_1"
within 20 state ready 1

# ----- windows -----------------------------------------------------------------
sed -i 's/^window = .*/window = 2h/' "$CONF"
reload 1
authmap record 203.0.113.58 amy imap
within 10 grep -q "lasts longer than cluster_max_window" "$BASE/2/cluster.log"
ok $? "an entry that lasts longer than cluster_max_window is rejected"
on 2
authmap record 203.0.113.58 joe imap
within 5 may 203.0.113.58 1 2
ok $? "  a login from its address on this host is on both"
ends=$(map_of 2 | sed -n 's/^203.0.113.58 \([0-9]*\) .* joe$/\1/p')
[ "$ends" -le $(($(date +%s) + 3600)) ]
ok $? "  and lasts for no longer than the window of this host"
on 1
sed -i 's/^window = .*/window = 1h/' "$CONF"
reload 1

# ----- clocks ------------------------------------------------------------------
on 2
ended "$cluster_2"
clock +50s
cluster_start 2 "$CLOCKED"
# noted HOST REGEX: the host is connected, and knows by how many seconds the engine's
# clock is ahead of its own.  A reply that comes too late does not tell.
noted() {
	state ready "$1" && grep -qxE "ahead $2" "$BASE/$1/run/relay.cluster"
}
within 20 noted 2 "-(49|50|51)"
ok $? "a clock is ahead by 50 s, which is noted"
"$CLOCKED" "$O/authmap" -c "$CONF" record 203.0.113.60 joe imap
within 5 may 203.0.113.60 1
ok $? "  a login there may relay here"
ends=$(map_of 1 | sed -n 's/^203.0.113.60 \([0-9]*\) .*/\1/p')
[ "$ends" -le $(($(date +%s) + 3605)) ]
ok $? "  for no longer than a window"
on 1
authmap remove 203.0.113.60 >/dev/null
removed_2() {
	map_of 2 | grep -q "^$1 0000000000 "
}
within 5 removed_2 203.0.113.60
ok $? "  an address that is removed here is removed there"
on 2
ended "$cluster_2"
clock +2h
cluster_start 2 "$CLOCKED"
within 20 noted 2 "-(7199|720[01])"
ok $? "a clock is ahead by two hours, which is noted"
"$CLOCKED" "$O/authmap" -c "$CONF" record 203.0.113.61 joe imap
within 5 may 203.0.113.61 1
ok $? "  a login there may relay here"
ends=$(map_of 1 | sed -n 's/^203.0.113.61 \([0-9]*\) .*/\1/p')
[ "$ends" -le $(($(date +%s) + 3600)) ]
ok $? "  for no longer than a window"
on 1
authmap remove 203.0.113.61 >/dev/null
within 5 removed_2 203.0.113.61
ok $? "  an address that is removed here is removed there"
on 2
"$CLOCKED" "$O/authmap" -c "$CONF" record 203.0.113.61 joe imap
within 5 may 203.0.113.61 1
ok $? "  until the next login there"
# Each clock is within a minute of the engine's, but not of the other.
ended "$cluster_1" "$cluster_2"
clock +50s
cluster_start 2 "$CLOCKED"
echo -50s >"$BASE/behind"
cluster_start 1 "$CLOCKED" env FAKETIME_TIMESTAMP_FILE="$BASE/behind"
within 20 noted 1 "(49|50|51)" && within 20 noted 2 "-(49|50|51)"
ok $? "ahead by 50 s, and behind by 50 s, which is noted"
on 2
"$CLOCKED" "$O/authmap" -c "$CONF" remove 203.0.113.7 >/dev/null
"$CLOCKED" "$O/authmap" -c "$CONF" block bob >/dev/null
removed_1() {
	map_of 1 | grep -q "^$1 0000000000 " && blocked_on 1 bob
}
within 5 removed_1 203.0.113.7
ok $? "  removed and blocked on both"
"$CLOCKED" "$O/authmap" -c "$CONF" record 203.0.113.62 joe imap
known_1() {
	map_of 1 | grep -q "^203.0.113.62 "
}
within 5 known_1
ok $? "  a login of the one is known to the other"
ends=$(map_of 1 | sed -n 's/^203.0.113.62 \([0-9]*\) .*/\1/p')
[ "$ends" -le $(($(date +%s) - 50 + 3605)) ]
ok $? "  for no longer than a window, by its own clock"
done_testing
