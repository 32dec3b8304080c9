#!/bin/sh
# SPDX-License-Identifier: ISC
# The administrator's tool: its verbs, its output as text and as JSON, and its
# errors.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin

authmap record 203.0.113.7 joe imap
is $? 0 "record"
authmap record 2001:db8::7 amy pop3
authmap record 203.0.113.10
is "$(authmap list | cut -f 1-3)" "203.0.113.7	joe	imap
203.0.113.10	-	-
2001:db8::7	amy	pop3" "list: one line an entry, sorted by address"
like "$(authmap list | head -1)" "	[0-9]{10}	(1800|17[0-9][0-9])$" \
	"  with the time of its login, and the seconds until it expires"
like "$(script -qc "$O/authmap -c $CONF list" /dev/null)" \
	"^ADDRESS +USER +SERVICE +LAST SEEN +LEFT" "  at a terminal, a table"
like "$(script -qc "$O/authmap -c $CONF list" /dev/null)" \
	"^203.0.113.7 +joe +imap +[0-9-]{10} [0-9:]{8}  (30m 0s|29m [0-9]+s)" \
	"  as text"

like "$(authmap lookup 203.0.113.7)" "^203.0.113.7	joe	imap	" "lookup"
authmap lookup 203.0.113.7 >/dev/null
is $? 0 "  0: may relay"
is "$(authmap lookup 203.0.113.8; echo $?)" 1 "  1: may not"
is "$(authmap lookup --json 203.0.113.8)" null "  which is null in JSON"
is "$(authmap lookup 203.0.113.8 --json)" null "  also with the option behind it"
like "$(authmap lookup example.org 2>&1; echo $?)" \
	'^authmap: "example.org" is not an address' "  for text that is no address"
authmap lookup example.org 2>/dev/null
is $? 2 "  2: an error"

# Several addresses.
said() {
	out=$("$@" 2>&1)
	printf '%s %s\n' $? "$out"
}
is "$(authmap lookup 203.0.113.7 2001:db8::7 | cut -f 1,2)" \
	"203.0.113.7	joe
2001:db8::7	amy" "lookup of several addresses: the entry of each"
authmap lookup 203.0.113.7 2001:db8::7 >/dev/null
is $? 0 "  0: all may relay"
is "$(authmap lookup 203.0.113.8 203.0.113.7 | cut -f 1; authmap lookup \
	203.0.113.7 203.0.113.8 >/dev/null; echo $?)" "203.0.113.7
1" "  1: one of them may not"
authmap lookup 203.0.113.8 example.org 203.0.113.7 >/dev/null 2>&1
is $? 2 "  2: one of them is an error"
authmap --json lookup 203.0.113.8 203.0.113.7 | python3 -c 'import json, sys
a, b = json.load(sys.stdin)
assert a is None and b["user"] == "joe", (a, b)'
is $? 0 "  in JSON, an array in their order"

# Filters of list.
is "$(authmap list --user JOE | cut -f 1)" 203.0.113.7 "list --user"
is "$(authmap list --user "" | cut -f 1)" 203.0.113.10 "  for an unknown user"
is "$(authmap list --service pop3 | cut -f 1)" 2001:db8::7 "  --service"
is "$(authmap list --network 203.0.113.0/28 | cut -f 1)" "203.0.113.7
203.0.113.10" "  --network"
is "$(authmap list --network 203.0.113.0/28 --user joe | cut -f 1)" 203.0.113.7 \
	"  both"
is "$(authmap list --json --user nobody-there; echo $?)" "[
]
0" "  for a user without an entry"
like "$(said authmap list --network 203.0.113.1/28)" '^2 .* a network such as' \
	"  for text that is no network"

is "$(authmap remove 203.0.113.7 2>&1)" "removed 203.0.113.7 joe imap" \
	"remove prints the removed entry"
is "$(authmap remove 203.0.113.7 2>&1; echo $?)" \
	"authmap: 203.0.113.7: is not in the map
1" "  and the address that is not in the map"
authmap record 203.0.113.7 amy imap
is "$(authmap remove --user amy | sort)" "removed 2001:db8::7 amy pop3
removed 203.0.113.7 amy imap" "remove --user"
authmap record 203.0.113.7 --user amy --service smtp
is "$(authmap lookup 203.0.113.7 | cut -f 2,3)" "amy	smtp" \
	"record --user --service"
like "$(said authmap record 203.0.113.7 amy --user joe)" \
	'^2 .*"amy" and "joe" are both given' "  but not two users"
authmap record 203.0.113.9 joe imap
authmap record 198.51.100.9 joe imap
is "$(said authmap remove 203.0.113.8/31 203.0.113.0/29)" \
	"0 removed 203.0.113.9 joe imap
removed 203.0.113.7 amy smtp" "remove takes networks"
is "$(said authmap remove 203.0.113.0/29)" \
	"1 authmap: 203.0.113.0/29: is not in the map" \
	"  also one without entries"
like "$(said authmap remove 203.0.113.1/29)" '^2 .* a network such as' \
	"  for text that is no network"
authmap --json remove 198.51.100.9 198.51.100.8 2>/dev/null |
	python3 -c 'import json, sys
[e] = json.load(sys.stdin)
assert e["address"] == "198.51.100.9" and e["last"] > 0, e'
is $? 0 "  in JSON, an array of the removed entries"
like "$(authmap remove 2>&1; echo $?)" "remove needs" "remove needs an address or a user"
is "$(authmap list | wc -l)" 1 "one entry is left"
is "$(authmap record 127.0.0.1 2>&1; echo $?)" \
	"authmap: 127.0.0.1: not recorded: it is in exclude of $CONF, or link-local
1" "an excluded address is not recorded"

# A name of any bytes is printed so that it can be decoded.
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
is $? 0 "--json prints a user's name of any bytes, and no forged line"

like "$(authmap config)" "^window = 30m	# default$" "config: a default"
like "$(authmap config)" "^map = $S/run/relay.gdbm	# $CONF:1$" "  a setting"
python3 -c 'import json,sys; c = json.load(sys.stdin); assert c["window"]["value"] == "30m"' <<-EOF
	$(authmap --json config)
	EOF
is $? 0 "  as JSON"
authmap_conf "max_entries = 900" "window = 30m"
is "$(authmap config -n | cut -d ' ' -f 1 | tr '\n' ' ')" \
	"map state_dir max_entries user group " \
	"config -n: the settings that differ from the defaults"
authmap config -n --json | python3 -c 'import json, sys
c = json.load(sys.stdin)
assert c["max_entries"]["value"] == 900 and len(c) == 5, c'
is $? 0 "  in JSON, a number is a number"
authmap_conf
like "$(authmap sweep)" "^expired 0 entries, 10 remain$" "sweep"
# Every verb that prints heeds --json.
for words in "record 203.0.113.99 joe" "block joe" "unblock joe" "unblock joe" \
	"remove 203.0.113.99" sweep blocks stats "record 127.0.0.1" \
	"import $S/nothing"; do
	: >"$S/nothing"
	# shellcheck disable=SC2086 # words are meant
	authmap --json $words 2>/dev/null | python3 -m json.tool >/dev/null
	is $? 0 "  as JSON: $words"
done
is "$(authmap --json record 203.0.113.99 joe)" \
	'{"address": "203.0.113.99", "result": "granted"}' "  the result of a login"
authmap --json block joe | python3 -c 'import json, sys
b = json.load(sys.stdin)
assert b["kind"] == "user" and b["what"] == "joe" and b["until"] is None, b
assert [e["address"] for e in b["removed"]] == ["203.0.113.99"], b
assert isinstance(b["since"], int)'
is $? 0 "  and of a block"
is "$(authmap --json unblock joe)" '{"unblocked": true}' "  and of its removal"

like "$(authmap frobnicate 2>&1)" 'there is no verb "frobnicate"' "an unknown verb"
authmap frobnicate 2>/dev/null
is $? 2 "  is an error"
like "$(authmap lookup 2>&1)" "^usage: authmap lookup address" "a missing argument"
for words in "record --env" "record --postlogin" "record --pam 203.0.113.7" "prelogin"; do
	# shellcheck disable=SC2086 # words are meant
	like "$(authmap $words 2>&1; echo $?)" "^usage: authmap ${words% 2*}" \
		"  for \"$words\""
done
# An option of another verb is refused, not ignored.
for words in "list --env" "list --for 3h" "lookup --user joe 203.0.113.7" \
	"--user joe stats" "remove --service imap 203.0.113.7" "sweep -n" \
	"blocks --login-times" "watch --prometheus" "check --interval 3s" \
	"record --pam --user joe" "prelogin --json -- true" "relaylock --user a b" \
	"config --network 192.0.2.1" "import --for 1h x" "help --json"; do
	# shellcheck disable=SC2086 # words are meant
	like "$(said authmap $words)" "^2 authmap: [a-z]+: takes no option -" \
		"refused: $words"
done
like "$(said authmap stats --json --prometheus)" "^2 .*are two formats" \
	"so are two formats"

for help in --help -h help; do
	like "$("$O/authmap" $help)" "^usage: authmap" "$help"
done
for version in --version -V; do
	like "$("$O/authmap" $version)" "^authmap [0-9.]+$" "$version"
done
for verb in $("$O/authmap" help | awk 'NR > 1 { print $1 }' | uniq); do
	"$O/authmap" help "$verb" >"$S/help"
	like "$?, $(cat "$S/help")" "^0, usage: authmap $verb" "help $verb"
	like "$(cat "$S/help")" "^Exit status" "  with its exit statuses"
	is "$("$O/authmap" "$verb" -h)" "$(cat "$S/help")" "  as with -h"
done
is "$({ "$O/authmap" help; "$O/authmap" help | awk 'NR > 1 { print $1 }' | uniq |
	xargs -n 1 "$O/authmap" help; } | awk 'length > 80')" "" \
	"no line is longer than 80 columns"
is "$(said "$O/authmap" help frobnicate)" \
	'2 authmap: there is no verb "frobnicate"' "help of an unknown verb"
like "$("$O/authmap-sweeper" --version)" "^authmap-sweeper [0-9.]+$" \
	"the sweeper's help"
like "$("$O/authmap" -c /nonexistent list 2>&1)" \
	"^authmap: /nonexistent: cannot be opened" "a missing configuration"
echo "windw = 3" >>"$CONF"
like "$(authmap list 2>&1; echo $?)" "authmap.conf:5: there is no setting" \
	"an error in the configuration is reported with its line"
authmap list >/dev/null 2>&1
is $? 2 "  and nothing is done"
like "$(sweep 2>&1)" "authmap.conf:5: there is no setting" "the sweeper reports it, too"
authmap_conf
authmap list >/dev/full 2>/dev/null
is $? 2 "output to a full disk is an error"
# Mistakes of the administrator are not logged as events of the mail system.
syslog_start "$S/logged"
cp "$CONF" "$S/wrong.conf"
echo "windw = 3" >>"$S/wrong.conf"
# shellcheck disable=SC2016 # the inner shell fills in
with_syslog sh -c '
	for words in "record nonsense" "remove nonsense" "remove 192.0.2.1/24" \
		"block 192.0.2.300" "record" "record --for 3h 192.0.2.1" \
		"block joe --for 30" "unblock nobody" "remove --user nobody"; do
		"$0" -c "$1" $words
	done
	"$0" -c "$2" record 203.0.113.41
	"$0" -c "$1" record 203.0.113.42 joe imap' \
	"$O/authmap" "$CONF" "$S/wrong.conf" >/dev/null 2>&1
within 10 grep -q 203.0.113.42 "$S/logged"
is "$(grep -c . "$S/logged"), $(grep -o 'granted.*' "$S/logged")" \
	"1, granted 203.0.113.42 service=imap user=joe" \
	"mistakes on the command line, or in the file, are not logged"
# relaylock.  A user that may not read the map asks the responder.
# shellcheck disable=SC2016 # the program fills them in
relaylock() {
	env "$@" "$O/authmap" -c "$CONF" relaylock -- \
		sh -c 'echo "${RELAYCLIENT-none} ${AUTHMAP_USER-none}"' 2>&1
}
authmap_conf "socket = $S/drip"
sweep
authmap record 203.0.113.7 joe imap
is "$(relaylock TCPREMOTEIP=203.0.113.7)" " joe" "relaylock: may relay"
is "$(relaylock TCPREMOTEIP=::ffff:203.0.113.7)" " joe" "  also by an IPv4-mapped address"
is "$(relaylock TCPREMOTEIP=203.0.113.8 AUTHMAP_USER=eve)" "none none" \
	"  may not"
is "$(relaylock TCPREMOTEIP=203.0.113.8 RELAYCLIENT=@x)" "@x none" \
	"  an existing RELAYCLIENT is kept"
like "$(relaylock A=b)" "TCPREMOTEIP is not set" "  without an address"
like "$(relaylock A=b)" "^none none$" "    the program runs"
like "$(relaylock TCPREMOTEIP=unknown)" "^none none$" "  for text that is no address"
is "$(TCPREMOTEIP=203.0.113.7 authmap relaylock sh -c 'echo $#' sh -c --json)" \
	2 "  the program's options are its own"
is "$(authmap relaylock sh -c "exit 7" 2>/dev/null; echo $?)" 7 "  its status"
authmap relaylock no-such-program 2>/dev/null
is $? 127 "  or that it cannot be run"
authmap relaylock no-such-program 2>/dev/full
is $? 127 "  even if this cannot be printed"
echo garbage >"$S/run/relay.gdbm"
like "$(relaylock TCPREMOTEIP=203.0.113.7)" "^none none$" "  a damaged map"
rm "$S/run/relay.gdbm"
like "$(relaylock TCPREMOTEIP=203.0.113.7)" "^none none$" "  a missing map"
gone="authmap: $S/run/relay.gdbm: cannot be read: it does not exist: start "
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
	"^wrong +map +$S/run/relay.gdbm does not exist, .*: start authmap-sweeper" \
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
	    for byte in b'9000:' + b'x' * 9000:
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
	"^none$" "  a responder that sends a byte now and then"
[ $(($(date +%s) - begin)) -le 30 ]
ok $? "  does not delay it for long"
done_testing
