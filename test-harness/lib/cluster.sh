# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# An engine, and hosts with their own maps, each in a network namespace.  The files
# of host N are in $BASE/N.  It reaches the engine, 10.99.0.1, through a link that
# can be cut.

uses mta

[ -x "$O/authmap-cluster" ] || skip_all "there is no hiredis"
ENGINE=$(command -v valkey-server || command -v redis-server) ||
	skip_all "there is no valkey-server or redis-server"
ENGINE_CLI=$(command -v valkey-cli || command -v redis-cli)
BASE=$S
HOSTS=
# However the scenario ends, clean up the scratch folder of all hosts.
trap 'S=$BASE; cleanup' EXIT

# acl: print the ACL of the engine's users, from authmap-cluster(8).
acl() {
	sed -n 's/^\(user authmap .*\)/\1/p' \
		"$TOP/maps/cluster/authmap-cluster.8" | sed 's/SECRET/secret/'
}

# engine_net: make the engine's network namespace.
engine_net() {
	unshare -n sleep 9999 &
	engine_net=$!
	started $engine_net
	within 5 apart $engine_net
	nsenter -t $engine_net -n ip link set lo up
	nsenter -t $engine_net -n ip addr add 10.99.0.1/32 dev lo
}
apart() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# engine_start [NAME [PORT [OPTION ...]]]: start an engine with the files in
# $BASE/NAME.
engine_start() {
	engine_name=${1:-engine} engine_port=${2:-6379}
	[ $# -lt 2 ] || shift
	[ $# -lt 1 ] || shift
	mkdir -p "$BASE/$engine_name"
	{ acl; echo "user default on nopass ~* &* +@all"; } \
		>"$BASE/$engine_name/acl"
	nsenter -t "$engine_net" -n "$ENGINE" --port "$engine_port" \
		--bind 0.0.0.0 --protected-mode no --save '' \
		--dir "$BASE/$engine_name" \
		--aclfile "$BASE/$engine_name/acl" "$@" \
		>"$BASE/$engine_name/log" 2>&1 &
	engine=$!
	started $engine
	within 10 engine_cli -p "$engine_port" ping
}
engine_cli() {
	nsenter -t "$engine_net" -n "$ENGINE_CLI" "$@"
}

# on HOST: from now on, all functions work on that host.
on() {
	S=$BASE/$1
	CONF=$S/authmap.conf
	SOCKET=$S/socketmap/sock
	eval "IN=\"nsenter -t \$net_$1 -n\" IMAP=\${imap_$1:-}"
	eval "IMAP_PROXY=\${imap_proxy_$1:-} POP3_PROXY=\${pop3_proxy_$1:-}"
	eval "mta=\${mta_$1:-} SMTP=\${smtp_$1:-}"
	POSTFIX_SPOOL=$S/p/spool
}

# host_start HOST [LINE ...]: make its network namespace and configuration, sweep,
# and start its responder.
host_start() {
	host=$1
	shift
	mkdir -p "$BASE/$host"
	chmod 711 "$BASE/$host"
	unshare -n "$TOP/test-harness/programs/documentation-net" sleep 9999 &
	eval "net_$host=$! net=$!"
	# shellcheck disable=SC2154 # eval sets it
	started "$net"
	within 5 apart "$net"
	within 5 nsenter -t "$net" -n ip -6 route get 2001:db8::1
	nsenter -t "$engine_net" -n ip link add "v$host" type veth \
		peer name eth0 netns "$net"
	nsenter -t "$engine_net" -n ip addr add "10.99.$host.1/30" dev "v$host"
	nsenter -t "$engine_net" -n ip link set "v$host" up
	nsenter -t "$net" -n ip addr add "10.99.$host.2/30" dev eth0
	nsenter -t "$net" -n ip link set eth0 up
	link_back
	HOSTS="$HOSTS $host"
	on "$host"
	printf 'secret\n' >"$S/password"
	chown "$MAP_USER" "$S/password"
	chmod 400 "$S/password"
	authmap_conf "cluster = ${URL:-redis://authmap@10.99.0.1}" \
		"cluster_password_file = $S/password" \
		"socket = $SOCKET${socket_too:-}" "$@"
	sweep
	responder_start
	eval "responder_$host=$responder"
}

# hosts_start "HOST ..." [LINE ...]: start hosts with authmap-cluster, and wait
# until they are connected.
hosts_start() {
	many=$1
	shift
	for each in $many; do
		host_start "$each" "$@"
		cluster_start "$each"
	done
	# shellcheck disable=SC2086 # words are meant
	within 10 state ready $HOSTS
}

# cluster_begin "HOST ..." [LINE ...]: start an engine and these hosts.
cluster_begin() {
	engine_net
	engine_start
	hosts_start "$@"
	ok $? "hosts $1 are connected to the engine"
}

# whole_begin [LINE ...]: start an engine, and three hosts with all servers.
whole_begin() {
	engine_net
	engine_start
	for host in 1 2 3; do
		whole_start $host "$@"
	done
	connected
	ok $? "three hosts with all servers are connected to the engine"
}

# whole_start HOST [LINE ...]: start a host with all servers.  The MTA of host 1 is
# Debian's Exim and that of host 2 Debian's Postfix, which ask the responder.  Host 3
# has an Exim that reads the map itself.
whole_start() {
	socket_too=
	if [ "$1" = 2 ]; then
		mkdir -p "$BASE/2/p/spool"
		socket_too=" $BASE/2/p/spool/authmap/sock"
	fi
	host_start "$@"
	whole_daemons "$1"
}
# whole_boot HOST: start all servers of a host that was down.
whole_boot() {
	on "$1"
	responder_start
	eval "responder_$1=$responder"
	whole_daemons "$1"
}
whole_daemons() {
	# shellcheck disable=SC2086 # words are meant
	sweeper_start $IN
	eval "sweeper_$1=$sweeper"
	cluster_start "$1"
	mta_start "$1"
	dovecot_start
	dovecot_of "$1"
}
mta_start() {
	LIMIT=1000000
	case $1 in
	1) exim_stock_start ;;
	2) postfix_start "$TOP/conf.d/mta/postfix-authmap.cf" ;;
	3) exim_start ;;
	esac || skip_all "the MTA of host $1 is not to be had"
	eval "mta_$1=$mta smtp_$1=$SMTP"
}

# relays ADDRESS HOST ..., relays_not: does the MTA of each host relay for it?
relays() {
	replied "^250" "$@"
}
relays_not() {
	replied "^55[04]" "$@"
}
replied() {
	wanted=$1 address=$2
	shift 2
	for host; do
		on "$host"
		relay "$address" | grep -q "$wanted" || return 1
	done
}

# asking HOST GOOD BAD: in the background, keep sending to its MTA from both
# addresses.
asking() {
	on "$1"
	asked=
	for address in "$2" "$3"; do
		nsenter -t "$mta" -n "$CLIENT" smtp 127.0.0.1 "$SMTP" \
			--from "$address" --repeat 9999 --pause 0.1 \
			>>"$S/asked.$address" 2>&1 &
		started $!
		asked="$asked $!"
	done
	eval "asked_$1=\$asked"
}
# asked HOST GOOD BAD: end what asking has started.  The MTA has always relayed for
# GOOD and never for BAD.
asked() {
	within 20 answers_20 "$BASE/$1/asked.$2" "$BASE/$1/asked.$3"
	ok $? "the MTA of host $1 has answered"
	# shellcheck disable=SC2046 # words are meant
	ended $(eval "echo \$asked_$1")
	is "$(sed 's/ .*//' "$BASE/$1/asked.$2" | sort -u)" 250 \
		"  it has always relayed for the address with an entry"
	like "$(sed 's/ .*//' "$BASE/$1/asked.$3" | sort -u | tr '\n' ' ')" \
		"^55[04] $" "  and never for the one without"
}
answers_20() {
	[ "$(wc -l <"$1")" -ge 20 ] && [ "$(wc -l <"$2")" -ge 20 ]
}

# cut_off HOST, heal HOST: cut or restore its link to the engine.
cut_off() {
	nsenter -t "$engine_net" -n ip link set "v$1" down
}
heal() {
	nsenter -t "$engine_net" -n ip link set "v$1" up
}
# link_back: set the route to the engine of the host that was just made.
link_back() {
	nsenter -t "$net" -n ip route add 10.99.0.1 via "10.99.$host.1"
}

# cluster_start HOST [COMMAND ...]: start authmap-cluster, by COMMAND if there is
# one.
cluster_start() {
	on "$1"
	shift
	# shellcheck disable=SC2086 # words are meant
	$IN "$@" "$O/authmap-cluster" -f -c "$CONF" 2>>"$S/cluster.log" &
	eval "cluster_$(basename "$S")=$! cluster=$!"
	# shellcheck disable=SC2154 # eval sets it
	started "$cluster"
	within 10 test -e "$S/run/relay.feed"
}

# state WANTED HOST ...: is authmap-cluster of each host in this state?
state() {
	wanted=$1
	shift
	for host; do
		grep -qx "state $wanted" "$BASE/$host/run/relay.cluster" ||
			return 1
	done
}

# connected: wait up to 20 seconds until all hosts are connected to the engine.
connected() {
	# shellcheck disable=SC2086 # words are meant
	within 20 state ready $HOSTS
}

# reload HOST ...: have authmap-cluster reload its configuration, and wait until
# it is connected with that.
reload() {
	for host; do
		log=$BASE/$host/cluster.log
		told=$BASE/$host/run/relay.cluster
		before=$(grep -c ": reloaded$" "$log") at=$(stat -c %y "$told")
		eval "kill -HUP \$cluster_$host"
		within 20 ready_again "$host"
	done
}
ready_again() {
	[ "$(grep -c ": reloaded$" "$log")" -gt "$before" ] &&
		[ "$(stat -c %y "$told")" != "$at" ] && state ready "$1"
}

# map_of HOST: print its map, one line for each entry or tombstone.
map_of() {
	gdbmtool -r "$BASE/$1/run/relay.gdbm" list >"$BASE/listed" &&
		sort "$BASE/listed"
}
# same HOST HOST ...: are the maps of these hosts the same?
same() {
	first=$1
	shift
	map_of "$first" >"$BASE/same.$first" && [ -s "$BASE/same.$first" ] ||
		return 1
	for host; do
		map_of "$host" >"$BASE/same" &&
			cmp -s "$BASE/same.$first" "$BASE/same" || return 1
	done
}
# agree NAME: the check NAME: within 15 seconds, the maps of all hosts are the same.
agree() {
	# shellcheck disable=SC2086 # words are meant
	within 15 same $HOSTS
	set -- $? "$1"
	ok "$1" "$2"
	[ "$1" = 0 ] || for host in $HOSTS; do
		map_of "$host" | head -n 10 | sed "s/^/# $host: /"
	done
}

# asked_on HOST ADDRESS: print the first word of its responder's reply.
asked_on() {
	"$TOP/test-harness/programs/socketmap" "$BASE/$1/socketmap/sock" \
		"relay $2" | cut -d ' ' -f 1
}
# may ADDRESS HOST ..., may_not: may ADDRESS relay on each host?
may() {
	answered OK "$@"
}
may_not() {
	answered NOTFOUND "$@"
}
answered() {
	wanted=$1 address=$2
	shift 2
	for host; do
		[ "$(asked_on "$host" "$address")" = "$wanted" ] || return 1
	done
}

# record HOST ADDRESS [USER], remove HOST ADDRESS: run authmap there.
record() {
	on "$1"
	authmap record "$2" "${3:-joe}" imap
}
remove() {
	on "$1"
	authmap remove "$2" >/dev/null
}

# blocked_on HOST USER-OR-NETWORK: does "authmap blocks" print it there?
blocked_on() {
	"$O/authmap" -c "$BASE/$1/authmap.conf" blocks | cut -f 2 |
		grep -qxF "$2"
}

# dovecot_of HOST: note the ports of its Dovecot, which was just started.
dovecot_of() {
	eval "imap_$1=$IMAP imap_proxy_$1=$IMAP_PROXY pop3_proxy_$1=$POP3_PROXY"
	eval "dovecot_$1=$dovecot"
}

# trouble: print the lines about trouble in the logs of authmap-cluster.  On a busy
# machine, it may take longer than a second to store changes.  authmap-cluster then
# gives up, connects again, and receives them once more: so leave out both lines
# about that, if a host has logged one after the other.
trouble() {
	for log in "$BASE"/[0-9]/cluster.log; do
		awk '/relay.gdbm: cannot be written: (too large to be rebuilt in time|another process holds the lock)$/ {
				given_up = $0; next
			}
			given_up != "" && /: its changes cannot be stored in the map$/ {
				lost = 1; next
			}
			/Sanitizer|cannot be/
			END { if (given_up != "" && !lost) print given_up }' "$log"
	done
}

# crowd SECONDS: in the background, record 1,000 new addresses a second on hosts 1
# to 3, by eight processes on each.  crowd_done waits for them, crowd_count prints
# how many there were.
crowd() {
	crowd=
	for n in $(seq 24); do
		"$O/test/pace" "$BASE/$(((n - 1) / 8 + 1))/authmap.conf" 42 \
			"$1" "$n" >"$BASE/pace.$n" &
		started $!
		crowd="$crowd $!"
	done
}
crowd_done() {
	# shellcheck disable=SC2086 # words are meant
	wait $crowd
}
crowd_count() {
	awk '{ n += $1; if ($4 > s) s = $4 }
		END { printf "%d in %.1f s, %d a second\n", n, s, n / s }' \
		"$BASE"/pace.*
}
# memory HOST ...: print how much memory authmap-cluster uses there, in kB.
memory() {
	for host; do
		eval "sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' \
			/proc/\$cluster_$host/status"
	done | tr '\n' ' '
}
