#!/bin/sh
# SPDX-License-Identifier: ISC
# The program after a login runs as the user, which must not be able to forge a
# record.  A wrong descriptor or environment never stops a login.
. "$(dirname "$0")/../lib/tap.sh"
uses programs

cvm_unpack || skip_all "cvm cannot be had"
begin
programs_start cvm sleep infinity
within 10 test -e "$S/started" || sed 's/^/# /' "$S/out"

tool="$S/authmap -c $CONF"
FROM=203.0.113.7
# Run it like tcpserver: as root, and as a user.
run() {
	among env -i PATH="$PATH" TCPREMOTEIP="$FROM" TCPLOCALPORT=995 "$@"
}
AS_JOE="setpriv --reuid joe --regid joe --clear-groups env USER=joe"
fresh() {
	within 5 no_keepers
	rm -f "$S/run/relay.gdbm"
	: >"$S/log"
}
told() {		# told REGEX NAME
	within 5 grep -qE "$1" "$S/log"
	like "$(cat "$S/log")" "$1" "$2"
}

# A checkpassword program gets the password at descriptor 3.
printf 'joe\0pw\0stamp\0' >"$S/good"
printf 'joe\0no\0stamp\0' >"$S/bad"
check_password() {
	# shellcheck disable=SC2016 # the inner shells fill them in
	run sh -c "exec $tool prelogin -- sh -c 'exec 3<$S/$1
		exec cvm-checkpassword cvm-unix $tool record --env -- \
		sh -c \"id -un; env | grep -c AUTHMAP_\"'"
}
is "$(check_password bad), $(entries)" ", " "checkpassword: a wrong password"
is "$(check_password good | tr '\n' ' '), $(entries)" \
	"joe 0 , $FROM joe pop3" "  the right password: recorded, by a process of joe"

# Claims of users.
fresh
# shellcheck disable=SC2086 # words are meant
is "$(run $AS_JOE $tool record --env -- echo runs), $(entries)" "runs, " \
	"a user that claims an address is not recorded"
told "joe is not recorded" "  which is logged"
fresh
# shellcheck disable=SC2086 # words are meant
run $tool prelogin -- $AS_JOE USER=amy $tool record --env -- true
is "$(entries)" "$FROM joe pop3" "a user cannot claim to be another user"
told "user number 20001 .joe. logged in as amy, another account" \
	"  which is logged"
fresh
# shellcheck disable=SC2086 # words are meant
run $tool prelogin -- $AS_JOE USER='joe+x@example.org
y' $tool record --env -- true
is "$(entries)" "$FROM joe+x@example.org\\ny pop3" \
	"but a user's name need not be an account"

cat >"$S/again.py" <<-EOF2
	import socket
	for fd in range(3, 100):
	    try:
	        s = socket.socket(fileno=fd)
	        while s.type == socket.SOCK_SEQPACKET:
	            s.send(b"amy", socket.MSG_DONTWAIT)
	            said = True
	    except OSError:
	        pass
	print("said" if said else "found none")
EOF2
fresh
# shellcheck disable=SC2086 # words are meant
is "$(run $tool prelogin -- $AS_JOE $tool record --env -- \
	/usr/bin/python3 "$S/again.py"), $(entries)" \
	"said, $FROM joe pop3" "a later claim is ignored"
within 5 no_keepers
is "$?, $(entries)" "0, $FROM joe pop3" "  nor at the end"

# Descriptors.
# shellcheck disable=SC2016 # the inner shell fills it in
printed='echo "<$AUTHMAP_KEEPER>"'
# shellcheck disable=SC2086 # words are meant
like "$(run AUTHMAP_KEEPER=0 $tool prelogin -- sh -c "$printed")" "^<1[0-9]>$" \
	"prelogin sets AUTHMAP_KEEPER, and ignores an earlier value"
# shellcheck disable=SC2086 # words are meant
is "$(run TCPREMOTEIP=127.0.0.1 AUTHMAP_KEEPER=0 $tool prelogin -- \
	sh -c "$printed")" "<>" "  to nothing for an excluded address"
: >"$S/log"
# shellcheck disable=SC2086 # words are meant
is "$(run TCPREMOTEIP=host $tool prelogin -- sh -c "$printed")" "<>" \
	"  and without an address"
told '"host" is not an address' "  which is logged"
# shellcheck disable=SC2086 # words are meant
is "$(run env -u TCPREMOTEIP $tool prelogin -- sh -c "$printed")" "<>" \
	"  or an unknown one"
told "TCPREMOTEIP is not set" "  which is logged"
fresh
for number in 0 99 -1 1x 99999999999; do
	# shellcheck disable=SC2086 # words are meant
	is "$(run USER=joe AUTHMAP_KEEPER=$number $tool record --env -- \
		echo runs </dev/null), $(entries)" "runs, " \
		"$number is no descriptor of prelogin's"
	told "\"$number\" is not a descriptor" "  which is logged"
done
fresh
# shellcheck disable=SC2086 # words are meant
is "$(run USER=joe AUTHMAP_KEEPER= $tool record --env -- echo runs),$(
	entries)$(cat "$S/log")" "runs," "without a descriptor, nothing is done and logged"

cat >"$S/mute.py" <<-EOF2
	import os, socket, subprocess, sys, time
	a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
	if sys.argv[1] == "full":
	    try:
	        while True:
	            a.send(b"x", socket.MSG_DONTWAIT)
	    except BlockingIOError:
	        pass
	elif sys.argv[1] == "dead":
	    b.close()
	start = time.monotonic()
	done = subprocess.run("$tool record --env -- echo runs".split(),
	    pass_fds=[a.fileno()], stdout=subprocess.PIPE,
	    env={"AUTHMAP_KEEPER": str(a.fileno()), "USER": "joe"}, timeout=60)
	took = time.monotonic() - start
	print(took if done.stdout == b"runs\\n" else done.stdout)
EOF2
for how in mute full dead; do
	at_best 2 run /usr/bin/python3 "$S/mute.py" $how
	like "$? $took" "^0 [0-9]" \
		"a keeper that is $how does not stop the login"
done

# A user in the group does not need prelogin.
fresh
mkfifo "$S/hold"
# shellcheck disable=SC2086 # words are meant
run setpriv --reuid $MAP_USER --regid $MAP_GROUP --clear-groups \
	env -u TCPLOCALPORT USER=joe AUTHENTICATED=amy \
	$tool record --env --service pop3 -- cat "$S/hold" &
started $!
within 5 authmap lookup $FROM
within 5 one_keeper
is "$(entries), $(keepers)" "$FROM amy pop3, 1" \
	"a user in the group records, and has a keeper"
: >"$S/hold"
within 5 no_keepers
is $? 0 "  which ends"
fresh
# shellcheck disable=SC2086 # words are meant
is "$(run TCPLOCALPORT=2525 USER=joe $tool record --env -- echo runs), $(
	entries)" "runs, $FROM joe -" "root records, too"
fresh
# shellcheck disable=SC2086 # words are meant
is "$(run $tool record --env -- echo runs), $(entries)" "runs, " \
	"but a login without a name is not recorded"
told "USER is not set" "  which is logged"
# shellcheck disable=SC2086 # words are meant
run $tool prelogin -- "$S/nothing" 2>/dev/null
is $? 127 "a program that does not exist"
within 5 no_keepers
is $? 0 "no process is left"
done_testing
