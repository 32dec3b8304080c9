# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# An engine, and hosts, each with a map of its own, in network namespaces of their
# own.  Host N is $BASE/N and reaches the engine, 10.99.0.1, through a link that can
# be cut.

uses mta

[ -x "$O/authmap-cluster" ] || skip_all "there is no hiredis"
ENGINE=$(command -v valkey-server || command -v redis-server) ||
	skip_all "there is no valkey-server or redis-server"
ENGINE_CLI=$(command -v valkey-cli || command -v redis-cli)
BASE=$S
HOSTS=
# Whichever host is on when it ends.
trap 'S=$BASE; cleanup' EXIT

# Whom the engine lets do what, as authmap-cluster(8) has it.
acl() {
	sed -n 's/^\(user authmap .*\)/\1/p' \
		"$TOP/maps/cluster/authmap-cluster.8" | sed 's/SECRET/secret/'
}

# engine_net: a namespace for the engine.
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

# engine_start [NAME [PORT [OPTION ...]]]
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

# on HOST: from now on, everything is that host's.
on() {
	S=$BASE/$1
	CONF=$S/authmap.conf
	SOCKET=$S/socketmap/sock
	eval "IN=\"nsenter -t \$net_$1 -n\" IMAP=\${imap_$1:-}"
	eval "IMAP_PROXY=\${imap_proxy_$1:-} POP3_PROXY=\${pop3_proxy_$1:-}"
	eval "mta=\${mta_$1:-} SMTP=\${smtp_$1:-}"
	POSTFIX_SPOOL=$S/p/spool
}

# host_start HOST [LINE ...]: its namespace, configuration, sweeper.
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

# hosts_start "HOST ..." [LINE ...]: with authmap-cluster, and in touch.
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

# cluster_begin "HOST ..." [LINE ...]: an engine, and these hosts.
cluster_begin() {
	engine_net
	engine_start
	hosts_start "$@"
	ok $? "hosts $1 are connected to the engine"
}

# whole_begin [LINE ...]: an engine, and three hosts with all they have.
whole_begin() {
	engine_net
	engine_start
	for host in 1 2 3; do
		whole_start $host "$@"
	done
	connected
	ok $? "three whole hosts are connected to the engine"
}

# whole_start HOST [LINE ...]: all that such a host has.  The MTA of the first is
# Debian's Exim, of the second Debian's Postfix, which ask the responder; of the
# third an Exim that reads the map itself.
whole_start() {
	socket_too=
	if [ "$1" = 2 ]; then
		mkdir -p "$BASE/2/p/spool"
		socket_too=" $BASE/2/p/spool/authmap/sock"
	fi
	host_start "$@"
	whole_daemons "$1"
}
# whole_boot HOST: after it was down.
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

# asking HOST GOOD BAD: from now on its MTA is asked about both, time and again.
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
# asked HOST GOOD BAD: no more; it has let in the one always, the other never.
asked() {
	# shellcheck disable=SC2046 # words are meant
	ended $(eval "echo \$asked_$1")
	[ "$(wc -l <"$BASE/$1/asked.$2")" -ge 20 ] &&
		[ "$(wc -l <"$BASE/$1/asked.$3")" -ge 20 ]
	ok $? "the MTA of host $1 has answered"
	is "$(sed 's/ .*//' "$BASE/$1/asked.$2" | sort -u)" 250 \
		"  it has always relayed for who may"
	like "$(sed 's/ .*//' "$BASE/$1/asked.$3" | sort -u | tr '\n' ' ')" \
		"^55[04] $" "  and never for who may not"
}

# cut HOST, heal HOST: its link to the engine.
cut_off() {
	nsenter -t "$engine_net" -n ip link set "v$1" down
}
heal() {
	nsenter -t "$engine_net" -n ip link set "v$1" up
}
# The way to the engine, of the host that was just made.
link_back() {
	nsenter -t "$net" -n ip route add 10.99.0.1 via "10.99.$host.1"
}

# cluster_start HOST [COMMAND ...]
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

# state WANTED HOST ...: does authmap-cluster say so on each?
state() {
	wanted=$1
	shift
	for host; do
		grep -qx "state $wanted" "$BASE/$host/run/relay.cluster" ||
			return 1
	done
}

# connected: all hosts are, with the engine, within 20 seconds.
connected() {
	# shellcheck disable=SC2086 # words are meant
	within 20 state ready $HOSTS
}

# read_again HOST ...: its configuration; done when it is ready with that.
read_again() {
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

# The map of a host, removals and all, a line an entry.
map_of() {
	gdbmtool -r "$BASE/$1/run/relay.gdbm" list >"$BASE/listed" &&
		sort "$BASE/listed"
}
same() {		# same HOST HOST ...
	first=$1
	shift
	map_of "$first" >"$BASE/same.$first" && [ -s "$BASE/same.$first" ] ||
		return 1
	for host; do
		map_of "$host" >"$BASE/same" &&
			cmp -s "$BASE/same.$first" "$BASE/same" || return 1
	done
}
# agree NAME: all hosts do, entry by entry, within 15 seconds.
agree() {
	# shellcheck disable=SC2086 # words are meant
	within 15 same $HOSTS
	set -- $? "$1"
	ok "$1" "$2"
	[ "$1" = 0 ] || for host in $HOSTS; do
		map_of "$host" | head -n 10 | sed "s/^/# $host: /"
	done
}

# asked_on HOST ADDRESS: what the responder says there, in a word.
asked_on() {
	"$TOP/test-harness/programs/socketmap" "$BASE/$1/socketmap/sock" \
		"relay $2" | cut -d ' ' -f 1
}
# may ADDRESS HOST ..., may_not: relays on each host.
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

# record HOST ADDRESS [USER], remove HOST ADDRESS
record() {
	on "$1"
	authmap record "$2" "${3:-joe}" imap
}
remove() {
	on "$1"
	authmap remove "$2" >/dev/null
}

# blocked_on HOST USER-OR-NETWORK: does "authmap blocks" there have it?
blocked_on() {
	"$O/authmap" -c "$BASE/$1/authmap.conf" blocks | cut -f 2 |
		grep -qxF "$2"
}

# Remembers the ports of the Dovecot that was just started.
dovecot_of() {
	eval "imap_$1=$IMAP imap_proxy_$1=$IMAP_PROXY pop3_proxy_$1=$POP3_PROXY"
	eval "dovecot_$1=$dovecot"
}

# crowd SECONDS: 1,000 new addresses a second are granted on hosts 1 to 3, by
# eight processes on each, in the background; crowd_done waits for that,
# crowd_count prints how many there were.
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
# memory HOST ...: what authmap-cluster needs there, in kB.
memory() {
	for host; do
		eval "sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' \
			/proc/\$cluster_$host/status"
	done | tr '\n' ' '
}
