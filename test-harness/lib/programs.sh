# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Servers that run other programs, one of which checks the password, and the stories
# that each of them must pass.  Each is started by its scenario.

uses servers

# Users run authmap, but may be unable to reach the build folder.
cp "$O/authmap" "$S/authmap"

# cvm_unpack: unpack mailfront, and cvm, which checks its passwords, as "cvm".
# Debian 13 has neither, so this uses the packages of Debian 12.
cvm_unpack() {
	SUITE=bookworm BARE=yes "$TOP/test-harness/programs/unpack" cvm mailfront \
		cvm libbg2 libcvm1 liblua5.1-0 ucspi-tcp-ipv6
}

# programs_start NAME COMMAND ...: run COMMAND as $server in the root folder that
# "unpack" has unpacked as NAME, see servers/with-accounts.  authmap's lines in
# syslog are in $S/log.
programs_start() {
	syslog_start "$S/log"
	name=$1
	shift
	"$TOP/test-harness/programs/inside" "$name" "$S" \
		"$TOP/test-harness/servers/with-accounts" "$S" "$@" >"$S/out" 2>&1 &
	server=$!
	started $server
}

# beside COMMAND ...: run COMMAND in the server's network.
beside() {
	nsenter -t "$server" -n "$@"
}
# among COMMAND ...: run COMMAND in the server's network and root folder.
among() {
	nsenter -t "$server" -m -n -r -w "$@"
}
login() {			# login KIND PORT FROM [OPTION ...]
	kind=$1 port=$2 from=$3
	shift 3
	beside "$CLIENT" "$kind" 127.0.0.1 "$port" --bind "$from" "$@"
}

one_keeper() {
	[ "$(keepers)" = 1 ]
}

# refused KIND PORT [OPTION ...]: wrong passwords from two addresses are refused.
# Both logins run at the same time, since servers delay the reply.
refused() {
	what=$1 where=$2
	shift 2
	login "$what" "$where" 203.0.113.7 --password wrong "$@" \
		>"$S/refused" &
	other=$!
	login "$what" "$where" 2001:db8::7 --password wrong "$@" \
		>"$S/refused-ipv6"
	wait $other
	is "$(cat "$S/refused" "$S/refused-ipv6" | cut -d : -f 1 | uniq -c |
		tr -s ' '), $(entries)" " 2 refused, " \
		"$what: a wrong password is not recorded"
}

# story_passwords KIND PORT: only a login with the right password makes an entry.
story_passwords() {
	refused "$1" "$2"
	for address in 203.0.113.7 2001:db8::7; do
		login "$1" "$2" $address >/dev/null
		is "$?, $(entries)" "0, $address joe $1" \
			"$1: a login from $address is recorded"
		authmap remove $address >/dev/null
	done
	login "$1" "$2" 203.0.113.8 --user amy >/dev/null
	is "$?, $(entries)" "0, 203.0.113.8 amy $1" "  and that of another user"
	login "$1" "$2" 127.0.0.1 >/dev/null
	is "$?, $(entries)" "0, 203.0.113.8 amy $1" "  but not one from this host"
	authmap remove 203.0.113.8 >/dev/null
	within 5 no_keepers
	is $? 0 "  no process is left"
}

# story_users KIND PORT: if users is set, only its logins are recorded.
story_users() {
	authmap_conf "window = 30m" "users = amy"
	login "$1" "$2" 203.0.113.7 >/dev/null
	is "$?, $(entries)" "0, " "$1: a user who is not in users logs in: not recorded"
	login "$1" "$2" 203.0.113.8 --user amy >/dev/null
	is "$?, $(entries)" "0, 203.0.113.8 amy $1" "  one who is: recorded"
	authmap remove 203.0.113.8 >/dev/null
	authmap_conf "window = 30m"
	within 5 no_keepers
	is $? 0 "  no process is left"
}

# story_session KIND PORT: a session keeps its entry valid, with a window of four
# seconds.
story_session() {
	authmap_conf "window = 4s"
	nsenter -t "$server" -n "$CLIENT" "$1" 127.0.0.1 "$2" \
		--bind 203.0.113.9 --hold 9999 \
		>"$S/session" &
	session=$!
	started $session
	within 10 authmap lookup 203.0.113.9
	# The programs that run before the server may still be ending.
	within 10 one_keeper
	is $? 0 "$1: a session has a keeper"
	first=$(seen 203.0.113.9)
	within 20 alive_since 203.0.113.9 $((first + 5))
	is $? 0 "  which refreshes the entry beyond the window"
	ended $session
	within 5 no_keepers
	is $? 0 "  and ends with the session"
	within 10 absent 203.0.113.9
	is $? 0 "  the entry expires a window later"
	authmap_conf "window = 30m"
}

# quickly KIND PORT FROM NAME: a login succeeds, in less than two seconds.
quickly() {
	at_best 2 login "$1" "$2" "$3" --time
	ok $? "$1: a login succeeds: $4"
}

# stays KIND PORT FROM: log in and stay connected, as $session.
stays() {
	nsenter -t "$server" -n "$CLIENT" "$1" 127.0.0.1 "$2" --bind "$3" \
		--hold 9999 >"$S/session-$3" &
	session=$!
	started $session
	within 10 test -s "$S/session-$3"
	is $? 0 "$1: a client logs in from $3 and stays"
}

story_retry() {			# story_retry KIND PORT
	echo "no block" >"$S/state/relay.blocks"
	chmod 644 "$S/state/relay.blocks"
	stays "$1" "$2" 203.0.113.12
	removed=$session
	stays "$1" "$2" 203.0.113.13
	: >"$S/state/relay.blocks"
	authmap remove 203.0.113.12 >/dev/null 2>&1
	within 20 authmap lookup 203.0.113.13
	is $? 0 "  a login that could not be recorded is retried"
	ended "$removed" "$session"
	within 5 no_keepers
	absent 203.0.113.12
	is $? 0 "  but does not bring back an entry that was removed since"
}

story_broken() {		# story_broken KIND PORT
	mv "$S/run" "$S/away"
	quickly "$1" "$2" 203.0.113.10 "no folder"
	mv "$S/away" "$S/run"
	hold_lock
	quickly "$1" "$2" 203.0.113.10 "the lock is held"
	ended "$holder"
	cp "$CONF" "$S/good.conf"
	sed -i 's/^window = .*/window = for ever/' "$CONF"
	quickly "$1" "$2" 203.0.113.11 "the configuration is wrong"
	mv "$S/good.conf" "$CONF"
	absent 203.0.113.11
	is $? 0 "  which records no login"
	within 5 no_keepers
	is $? 0 "  no process is left"
	like "$(cat "$S/log")" "authmap.conf:[0-9]+: window: \"for ever\"" \
		"  the reason is logged"
	like "$(cat "$S/log")" "203.0.113.10 is not recorded: .*relay.lock: No " \
		"  in each case"
}
