#!/bin/sh
# SPDX-License-Identifier: ISC
# An engine, a Sentinel and a name server do what they should not: authmap-cluster does
# not grow, spin or hang, the log is not filled, and "authmap check" says what is
# wrong, in plain text whatever the answer was.
. "$(dirname "$0")/../lib/tap.sh"
uses cluster

engine_net
FAKE=$TOP/test-harness/programs/fake-engine
# fake [OPTION ...]: start a fake engine in place of the last.
fake=
fake() {
	# shellcheck disable=SC2086 # there may be none
	ended $fake
	nsenter -t "$engine_net" -n "$FAKE" 10.99.0.1 6379 "$@" \
		>"$BASE/fake.log" 2>&1 &
	fake=$!
	started $fake
	within 10 grep -q ready "$BASE/fake.log"
}
# again: start authmap-cluster, with an empty log.
cluster=
again() {
	# shellcheck disable=SC2086 # there may be none
	ended $cluster
	rm -f "$S/run/relay.cluster"
	: >"$S/cluster.log"
	cluster_start 1 "$@"
}
url() {
	sed -i "s,^cluster = .*,cluster = $1," "$CONF"
}
check() {
	authmap check | grep ' cluster '
}
check_says() {
	check | grep -qE -- "$1"
}
logged() {
	grep -cE -- "$1" "$S/cluster.log"
}
# outages: print how many lines there are about connections.  On a busy machine, the
# fake engine may take too long to answer, which is logged, too.
outages() {
	grep 'connected to the engine' "$S/cluster.log" |
		grep -vc ': it does not answer$'
}
asked_for() {
	grep -c "^$1$" "$BASE/fake.log"
}
# asked_more WORD COUNT: the engine has received WORD more than COUNT times.
asked_more() {
	[ "$(asked_for "$1")" -gt "$2" ]
}
# peak: print the most memory that authmap-cluster has had, in MB.
peak() {
	awk '$1 == "VmHWM:" { print int($2 / 1000) }' "/proc/$cluster/status"
}

host_start 1 "window = 1h"

# ----- answers -----------------------------------------------------------------
fake --flood '*1000000000\r\n' ':1\r\n'
again
within 20 grep -qE "too long" "$S/cluster.log"
ok $? "an answer of very many parts is given up"
[ "$(peak)" -lt 50 ]
ok $? "  before it needs memory for them"
fake --flood '*100\r\n' '*60000\r\n'
again
within 20 grep -qE "nested multi|too long" "$S/cluster.log"
ok $? "as is one with many parts of many parts"
[ "$(peak)" -lt 50 ]
ok $? "  before it needs memory for them"
fake --flood '' '*1\r\n'
again
within 20 grep -qE "nested multi|too long" "$S/cluster.log"
ok $? "one of endless parts in parts is given up"
[ "$(peak)" -lt 50 ]
ok $? "  before it needs much memory"
# shellcheck disable=SC2016 # it means nothing to the shell
fake --flood '$1000000000\r\n' 'x'
again
within 20 grep -qE "too long" "$S/cluster.log"
ok $? "an endless one is given up"
[ "$(peak)" -lt 50 ]
ok $? "  before it needs much memory"
alive "$cluster"
ok $? "  and it goes on"

why() {
	within 10 grep -qE "^why $1" "$S/run/relay.cluster"
}
# A later hiredis reports this as an error of its own.
fake --error ROLE 'ERR \nstate ready'
again
why "ERR .012state ready$|Bad simple string"
ok $? "the text of the engine is encoded"
is "$(grep -c '^state' "$S/run/relay.cluster")" 1 "  as one line"
fake --error ROLE 'ERR \x1b[31mred\x9b\xe2\x80\xae\x7f'
again
why 'ERR .033\[31mred.233.342.200.256.177'
ok $? "  nothing in it controls a terminal"
is "$(LC_ALL=C grep -c '[^ -~]' "$S/cluster.log")" 0 "  in the log, too"
like "$(check)" "^wrong +cluster +not connected to 10.99.0.1: ERR .033" \
	"  which check shows"
ended "$cluster"
printf 'state waiting\npid 1\nengine \033]0;x\007\nwhy \033[2J\n' \
	>"$S/run/relay.cluster"
is "$(check | LC_ALL=C grep -c '[^ -~]')" 0 "text that is planted there is encoded, too"

fake --master '10.99.0.1\nstate ready'
url "sentinel://authmap@10.99.0.1:6379/main"
again
within 10 grep -q "knows no such master" "$S/cluster.log"
ok $? "a Sentinel's answer that is no host is refused"
url "redis://authmap@10.99.0.1"

# ----- errors while it is connected --------------------------------------------
fake --error EVALSHA 'OOM command not allowed'
authmap record 203.0.113.7 joe imap
began=$(uptime_cs)
again
within 10 grep -q "OOM" "$S/cluster.log"
within 30 asked_more ROLE 7
ok $? "an engine that rejects all changes is tried again"
# The pauses before the second to the eighth attempt are 5.65 seconds at the least.
[ $(($(uptime_cs) - began)) -ge 560 ]
ok $? "  less and less often"
is "$(logged 'not connected to .*: OOM command not allowed$') $(logged ': connected to')" \
	"1 0" "  which is logged once"
is "$(sort "$S/cluster.log" | uniq -d)" "" "  as is any other reason"

fake
within 20 state ready 1
ok $? "it accepts changes again"
within 5 grep -q ": connected to" "$S/cluster.log"
ok $? "  which is logged"
said=$(outages)
reload 1
ok $? "it reads the configuration again"
is "$(outages)" "$said" \
	"  which is no outage"
# After ten seconds of being connected, the outage has ended.
within 30 asked_more XREAD $(($(asked_for XREAD) + 6))
ok $? "  it asks for changes"
said=$(logged 'not connected to')
ended "$fake"
outage() {
	[ "$(logged 'not connected to')" -gt "$said" ]
}
within 20 outage
ok $? "another outage: logged, too"
fake
within 20 state ready 1

# ----- answers that are not what was asked -------------------------------------
# odd WHY OPTION ...: a fake engine with OPTION is not used, for the reason WHY.
odd() {
	wanted=$1
	shift
	fake "$@"
	again
	within 10 grep -q ": not connected to .*: $wanted" "$S/cluster.log"
	ok $? "an odd answer (${1#--}): $wanted"
	like "$(check)" "^wrong +cluster +not connected to .*: $wanted" \
		"  check says so, too"
}
odd "OOM no room" --stored '*1\r\n-OOM no room\r\n'
odd "its answer about what it stored is not valid" --stored '*1\r\n:1\r\n'
odd "its answer about what it stored is not valid" --stored '+OK\r\n'
odd "its answer about changes is not valid" --changes '+OK\r\n' --hasty

# ----- an engine that does not wait --------------------------------------------
fake --hasty
again
within 10 state ready 1
began=$(uptime_cs) before=$(asked_for XREAD)
within 10 asked_more XREAD $((before + 15))
ok $? "an engine that does not wait for changes is asked for them"
asked=$(($(asked_for XREAD) - before))
# Each pause is a tenth of a second.
[ $asked -le $((($(uptime_cs) - began) / 10 + 2)) ]
ok $? "  but not in a hurry"

# ----- what check knows --------------------------------------------------------
fake --ahead 600
again
within 10 check_says "seconds ahead"
ok $? "an engine whose clock is wrong"
like "$(check)" "^wrong +cluster +the engine's clock is (600|599|601) seconds ahead" \
	"  check says so"
fake --ahead -600
again
within 10 check_says "seconds behind"
ok $? "one whose clock is behind"
like "$(check)" "^wrong +cluster +.* seconds behind this host" "  check says so"
fake --ahead 600 --late 2
again
within 20 check_says "the engine's clock is (59[5-9]|600|601) seconds ahead"
ok $? "one that is slow to tell the time, but wrong by more"
fake --late 2
again
within 10 state ready 1
within 20 asked_more TIME 1
is "$(sed -n 's/^ahead //p' "$S/run/relay.cluster")" 0 \
	"  but not wrong because it is slow"

fake --endless
clock +0s
again "$CLOCKED"
within 10 state reconciling 1
ok $? "an engine whose list of keys never ends"
like "$(check)" "^ok +cluster +connected to" "  counts as connected for a minute"
# authmap-cluster writes the file again every ten seconds.
aged() {
	sed -i "s/^since .*/since $(($(date +%s) - 90))/" "$S/run/relay.cluster"
	check_says "^wrong +cluster +not in sync with 10.99.0.1 for 9[0-9] seconds" &&
		authmap stats | grep -qE "^connected +no$"
}
within 10 aged
ok $? "  then check and stats say so"
fake
within 20 state ready 1
kill -9 "$cluster"
wait "$cluster" 2>/dev/null
like "$(check)" "^wrong +cluster +is not running: .*start" "killed: check knows at once"
like "$(authmap stats)" "^connected +no$" "  as does stats"

# ----- the password ------------------------------------------------------------
# password WRONG: authmap-cluster and check report WRONG.
password() {
	again
	within 10 grep -q "^why cluster_password_file: .*$1" \
		"$S/run/relay.cluster" && check_says "^wrong .*$1"
	ok $? "the password's file: $1"
}
rm "$S/password"
password "No such file"
install -m 400 -o "$MAP_USER" /dev/null "$S/password"
password "empty"
head -c 2000 /dev/zero | tr '\0' x >"$S/password"
password "too long"
rm "$S/password"
mkfifo "$S/password"
chmod 400 "$S/password"
chown "$MAP_USER" "$S/password"
password "not a regular file"
rm "$S/password"
head -c 500 /dev/zero | tr '\0' x >"$S/password"
chmod 400 "$S/password"
again
within 10 grep -q "^why cluster_password_file: Permission denied" \
	"$S/run/relay.cluster"
ok $? "one that is root's cannot be read"
like "$(check)" "^wrong +cluster +.*belongs to root.* chown $MAP_USER" \
	"  check knows how to mend it"
chown "$MAP_USER" "$S/password"
again
within 10 state ready 1
ok $? "a long password is accepted"

# ----- names ---------------------------------------------------------------
# named COMMAND ...: run COMMAND with the names of $BASE/hosts, and a name server that
# does not answer.
cat >"$BASE/named" <<-EOF
	#!/bin/sh
	mount --bind "$BASE/hosts" /etc/hosts &&
		mount --bind "$BASE/resolv.conf" /etc/resolv.conf && exec "\$@"
	EOF
chmod +x "$BASE/named"
printf '10.99.1.1 engine.test\n10.99.0.1 engine.test\n' >"$BASE/hosts"
echo "nameserver 10.99.0.1" >"$BASE/resolv.conf"
nsenter -t "$engine_net" -n python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.99.0.1", 53))
time.sleep(9999)' &
started $!
url "redis://authmap@silent.test"
# shellcheck disable=SC2086 # words are meant
again $OWN_MOUNTS "$BASE/named"
children() {
	cat "/proc/$cluster/task/$cluster/children"
}
resolves() {
	[ -n "$(children)" ]
}
within 5 resolves
ok $? "a name is looked up by a child"
kill "$cluster"
within 4 gone "$cluster"
ok $? "  while a name server is silent, it can be ended"
# shellcheck disable=SC2086 # words are meant
again $OWN_MOUNTS "$BASE/named"
within 12 grep -q "^why no name server answers" "$S/run/relay.cluster"
ok $? "  which is reported after a while"
like "$(check)" "^wrong +cluster +not connected to silent.test" "  and by check"
url "redis://authmap@engine.test"
kill -HUP "$cluster"
within 20 state ready 1
ok $? "a name with two addresses: the second is tried, too"
is "$(children)" "" "  and no child is left"
like "$(check)" "^ok +cluster +connected to engine.test" \
	"  it is known by its name"
unlike "$(cat "$S/cluster.log")" "Sanitizer" "no trouble was logged"

# ----- the configuration -------------------------------------------------------
url "redis://joe:verysecret@10.99.0.1"
unlike "$("$O/authmap" -c "$CONF" check 2>&1)" "verysecret" \
	"a password in the wrong place is never printed"
sed -i '/^cluster = /d' "$CONF"
"$O/authmap-cluster" -f -c "$CONF" 2>"$BASE/out"
is $? 78 "nothing to do: its exit status says so"
done_testing
