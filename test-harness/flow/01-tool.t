#!/bin/sh
# SPDX-License-Identifier: ISC
# The administrator's tool: its verbs, what it prints for people, scripts and
# programs, and what it says when something is wrong.
. "$(dirname "$0")/../lib/tap.sh"
. "$TOP/test-harness/lib/servers.sh"

authmap_conf
sweep

authmap record 203.0.113.7 joe imap
is $? 0 "record"
authmap record 2001:db8::7 amy pop3
authmap record 203.0.113.10
is "$(authmap list | cut -f 1-3)" "203.0.113.7	joe	imap
203.0.113.10	-	-
2001:db8::7	amy	pop3" "list: one line an entry, sorted by address"
like "$(authmap list | head -1)" "	[0-9]{10}	(1800|1799)$" \
	"  with the time of its login, and how long still"
like "$(script -qc "$O/authmap -c $CONF list" /dev/null)" \
	"^ADDRESS +USER +SERVICE +LAST SEEN +LEFT" "  at a terminal, a table"
like "$(script -qc "$O/authmap -c $CONF list" /dev/null)" \
	"^203.0.113.7 +joe +imap +[0-9-]{10} [0-9:]{8}  (30m 0s|29m 5.s)" \
	"  for people"

like "$(authmap lookup 203.0.113.7)" "^203.0.113.7	joe	imap	" "lookup"
authmap lookup 203.0.113.7 >/dev/null
is $? 0 "  0: may relay"
is "$(authmap lookup 203.0.113.8; echo $?)" 1 "  1: may not"
is "$(authmap lookup --json 203.0.113.8)" null "  which is null in JSON"
is "$(authmap lookup 203.0.113.8 --json)" null "  the option after it, too"
like "$(authmap lookup example.org 2>&1; echo $?)" \
	'^authmap: "example.org" is no address' "  no address"
authmap lookup example.org 2>/dev/null
is $? 2 "  2: trouble"

is "$(authmap remove 203.0.113.7 2>&1)" "removed 203.0.113.7 joe imap" \
	"remove tells what it removed"
is "$(authmap remove 203.0.113.7 2>&1; echo $?)" \
	"authmap: 203.0.113.7: is not in the map
1" "  and what was not there"
authmap record 203.0.113.7 amy imap
is "$(authmap remove --user amy | sort)" "removed 2001:db8::7 amy pop3
removed 203.0.113.7 amy imap" "remove --user"
like "$(authmap remove 2>&1; echo $?)" "remove wants" "remove wants one of both"
is "$(authmap list | wc -l)" 1 "one is left"
is "$(authmap record 127.0.0.1 2>&1; echo $?)" \
	"authmap: 127.0.0.1: not recorded: it is in \"exclude\" of $CONF, or link-local
1" "an excluded address is not recorded"

# A name that tries everything comes back as it was.
python3 - "$O/authmap" "$CONF" <<'EOF'
import json, subprocess, sys
tool = [sys.argv[1].encode(), b'-c', sys.argv[2].encode()]
names = [b'joe\n203.0.113.66 9999999999 1700000000 imap eve',
         b'"quo\\ted"\t\r\x01\x7f', 'jörg 日本'.encode(), b'\xff\xfe bytes',
         b'x' * 500, b'-', b'a b ' * 125, b'}]', '\u2028'.encode()]
for i, name in enumerate(names):
    subprocess.run(tool + [b'record', b'198.51.100.%d' % i, name, b'imap'],
                   check=True)
out = subprocess.run(tool + [b'list', b'--json'], check=True,
                     stdout=subprocess.PIPE).stdout.decode()
got = {e['address']: e['user'] for e in json.loads(out)}
lines = subprocess.run(tool + [b'list'], check=True,
                       stdout=subprocess.PIPE).stdout.splitlines()
assert sum(line.split(b'\t')[1] == b'-' for line in lines) == 1, lines
for i, name in enumerate(names):
    user = got['198.51.100.%d' % i].encode(errors='surrogateescape')
    assert user == name, (user, name)
assert len(got) == len(lines) == len(names) + 1, lines
assert all(len(line.split(b'\t')) == 5 for line in lines), lines
EOF
is $? 0 "a user's name of any bytes comes back from --json, and forges nothing"

like "$(authmap config)" "^window = 30m	# default$" "config: a default"
like "$(authmap config)" "^map = $S/run/relay.gdbm	# $CONF:1$" "  a setting"
python3 -c 'import json,sys; c = json.load(sys.stdin); assert c["window"]["value"] == "30m"' <<-EOF
	$(authmap --json config)
	EOF
is $? 0 "  as JSON"
like "$(authmap sweep)" "^expired 0 entries, 10 remain$" "sweep"

like "$(authmap frobnicate 2>&1)" 'there is no verb "frobnicate"' "no such verb"
authmap frobnicate 2>/dev/null
is $? 2 "  is trouble"
like "$(authmap lookup 2>&1)" "^usage: authmap lookup address" "a missing word"
for words in "record --env" "record --postlogin" "record --pam 203.0.113.7" "prelogin"; do
	# shellcheck disable=SC2086 # words are meant
	like "$(authmap $words 2>&1; echo $?)" "^usage: authmap ${words% 2*}" \
		"  for \"$words\""
done
authmap list --env 2>/dev/null
is $? 2 "an option of another verb's is trouble"
like "$("$O/authmap" --help)" "^usage: authmap" "--help"
like "$("$O/authmap" --version)" "^authmap [0-9.]+$" "--version"
like "$("$O/authmap-sweeper" --version)" "^authmap-sweeper [0-9.]+$" \
	"the sweeper's"
like "$("$O/authmap" -c /nonexistent list 2>&1)" \
	"^authmap: /nonexistent: cannot be opened" "no such configuration"
echo "windw = 3" >>"$CONF"
like "$(authmap list 2>&1; echo $?)" "authmap.conf:5: there is no setting" \
	"a wrong one is said, with its line"
authmap list >/dev/null 2>&1
is $? 2 "  and nothing is done"
like "$(sweep 2>&1)" "authmap.conf:5: there is no setting" "so says the sweeper"
authmap_conf
authmap list >/dev/full 2>/dev/null
is $? 2 "a full disk is no success"
# relaylock, which whoever may not read the map leaves to the responder.
# shellcheck disable=SC2016 # the program fills them in
relaylock() {
	env "$@" "$O/authmap" -c "$CONF" relaylock -- \
		sh -c 'echo "${RELAYCLIENT-none} ${AUTHMAP_USER-none}"' 2>&1
}
authmap_conf "socket = $S/drip"
sweep
authmap record 203.0.113.7 joe imap
is "$(relaylock TCPREMOTEIP=203.0.113.7)" " joe" "relaylock: may relay"
is "$(relaylock TCPREMOTEIP=::ffff:203.0.113.7)" " joe" "  mapped"
is "$(relaylock TCPREMOTEIP=203.0.113.8 AUTHMAP_USER=eve)" "none none" \
	"  may not"
is "$(relaylock TCPREMOTEIP=203.0.113.8 RELAYCLIENT=@x)" "@x none" \
	"  what is set is left alone"
like "$(relaylock A=b)" "TCPREMOTEIP is not set" "  without an address"
like "$(relaylock A=b)" "^none none$" "    the program runs"
like "$(relaylock TCPREMOTEIP=unknown)" "^none none$" "  no address"
is "$(TCPREMOTEIP=203.0.113.7 authmap relaylock sh -c 'echo $#' sh -c --json)" \
	2 "  the program's options are its own"
is "$(authmap relaylock sh -c "exit 7" 2>/dev/null; echo $?)" 7 "  its status"
authmap relaylock no-such-program 2>/dev/null
is $? 127 "  or that there is none"
echo garbage >"$S/run/relay.gdbm"
like "$(relaylock TCPREMOTEIP=203.0.113.7)" "^none none$" "  a damaged map"
rm "$S/run/relay.gdbm"
like "$(relaylock TCPREMOTEIP=203.0.113.7)" "^none none$" "  a missing map"
gone="authmap: $S/run/relay.gdbm: cannot be read: it is not there: start "
for verb in "relaylock TCPREMOTEIP=203.0.113.7" "authmap lookup 203.0.113.7" \
	"authmap list" "authmap stats" "authmap remove --user joe"; do
	like "$($verb 2>&1)" "^$gone" "    which ${verb%% T*} says"
done
for verb in "lookup 203.0.113.7" list stats "remove --user joe" "--json list"; do
	# shellcheck disable=SC2086 # words are meant
	authmap $verb >/dev/null 2>&1
	is $? 2 "    and which is trouble: $verb"
done
like "$(authmap check 2>/dev/null)" \
	"^wrong +map +$S/run/relay.gdbm is not there: .*start authmap-sweeper" \
	"    as check says"
echo nonsense >>"$CONF"
like "$(relaylock TCPREMOTEIP=203.0.113.7)" "^none none$" \
	"  a wrong configuration"

authmap_conf "socket = $S/drip"
sweep
cp "$O/authmap" "$S/authmap"
python3 - "$S/drip" <<-'EOF' &
	import os, socket, sys, time
	s = socket.socket(socket.AF_UNIX)
	s.bind(sys.argv[1])
	os.chmod(sys.argv[1], 0o666)
	s.listen(5)
	c = s.accept()[0]
	try:
	    for byte in b'5000:' + b'x' * 5000:
	        c.send(bytes([byte]))
	        time.sleep(0.01)
	except OSError:
	    pass
	EOF
started $!
within 5 test -S "$S/drip"
begin=$(date +%s)
# shellcheck disable=SC2016 # the program fills it in
like "$(TCPREMOTEIP=203.0.113.7 setpriv --reuid=33 --regid=33 --clear-groups \
	"$S/authmap" -c "$CONF" relaylock sh -c 'echo "${RELAYCLIENT-none}"' 2>&1)" \
	"^none$" "  a responder that says a byte now and then"
[ $(($(date +%s) - begin)) -le 10 ]
ok $? "  is not listened to for ever"
done_testing
