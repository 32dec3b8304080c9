#!/bin/sh
# SPDX-License-Identifier: ISC
# table-authmap, with the requests of OpenSMTPD: lines, and the messages of older
# versions.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin "static = 192.0.2.0/24"
authmap record 203.0.113.7 joe imap
authmap record 2001:db8::7 amy imap

# said LINE ...: start the table, send the lines, and print its replies.
said() {
	printf '%s\n' "$@" | "$O/table-authmap" "$CONF" 2>>"$S/log"
}

handshake="config|smtpd-version|7.6.0p1
config|protocol|0.1
config|tablename|popauth
config|ready"
registered="register|netaddr
register|ready"

# asked OPERATION|...: print the reply to a request after the handshake.
asked() {
	said "$handshake" "table|0.1|1713795103.314423|popauth|$1" | sed 1,2d
}

is "$(said "$handshake")" "$registered" "the handshake"
said "$handshake" >/dev/null
is $? 0 "  it ends when OpenSMTPD ends"

is "$(asked "check|netaddr|e5862859|203.0.113.7")" \
	"check-result|e5862859|found" "check: the client may relay"
is "$(asked "lookup|netaddr|e5862859|203.0.113.7")" \
	"lookup-result|e5862859|found|203.0.113.7" "lookup"
for client in 192.0.2.1 "[2001:db8::7]" 2001:db8::7 "[ipv6:2001:db8::7]" \
	ipv6:2001:db8:0:0:0:0:0:7 "[2001:0DB8:0000:0000:0000:0000:0000:0007]" \
	"[::ffff:203.0.113.7]" ::FFFF:cb00:7107; do
	is "$(asked "check|netaddr|1|$client")" "check-result|1|found" \
		"  $client may relay, too"
done
long=$(printf '%01000d' 0)
for client in 203.0.113.8 "[2001:db8::8]" local "" "[" "[]" "]" "ipv6:" \
	"[203.0.113.7" "203.0.113.7]" "[203.0.113.7]x" "203.0.113.7|" \
	"203.0.113.7/32" "203.0.113" "[2001:db8::7%lo]" mx.example.org \
	"$long"; do
	is "$(asked "check|netaddr|1|$client")" "check-result|1|not-found" \
		"  \"$(echo "$client" | cut -c 1-20)\" may not"
done
is "$(asked "lookup|netaddr|1|203.0.113.8")" "lookup-result|1|not-found" \
	"  nor is it found by lookup"
is "$(said "$handshake" "table|0.1|1|t|check|netaddr|1|203.0.113.8" \
	"table|0.1|1|t|check|netaddr|2|203.0.113.7" | sed 1,2d)" \
	"check-result|1|not-found
check-result|2|found" "many requests, one after the other"

is "$(asked "update|478ff0d2")" "update-result|478ff0d2|ok" "update"
for request in "check|alias|1|joe" "lookup|credentials|1|joe" \
	"fetch|source|1" "check|netaddr|1" "dance|netaddr|1|203.0.113.7"; do
	like "$(asked "$request")" "^${request%%|*}-result\|1\|error\|." \
		"  $request is not supported"
done

for line in hello "table|0.1" "table|0.1|1|t|check" "table|0.1|1|t|check|netaddr" \
	"table|0.1|1|t|check|netaddr||203.0.113.7" "$long$long$long"; do
	: >"$S/log"
	said "$handshake" "$line" >"$S/out"
	is "$? $(cat "$S/out")" "1 $registered" \
		"\"$(echo "$line" | cut -c 1-40)\": it leaves"
	is "$(grep -c "protocol error of OpenSMTPD" "$S/log")" 1 \
		"  and logs that"
done
printf 'config|ready\ntable|0.1|1|t|check|netaddr|1|203.0.113.7' |
	"$O/table-authmap" "$CONF" >"$S/out" 2>>"$S/log"
is "$? $(cat "$S/out")" "1 $registered" "half a line is not a request"
said "hello" >/dev/null
is $? 1 "a missing handshake"
"$O/table-authmap" "$CONF" </dev/null
is $? 0 "a client without an entry"
(said "$handshake" "$handshake"; echo $? >"$S/status") | true
within 5 test -s "$S/status"
is $? 0 "it ends when its replies cannot be sent"

head -c 20000 /dev/urandom >"$S/run/relay.gdbm"
like "$(asked "check|netaddr|1|203.0.113.7")" \
	"^check-result\|1\|error\|$S/run/relay.gdbm: cannot be read" \
	"a garbage map is an error, never found"
rm "$S/run/relay.gdbm"
like "$(asked "check|netaddr|1|203.0.113.7")" \
	"^check-result\|1\|error\|$S/run/relay.gdbm: cannot be read: it does not exist" \
	"so is a missing map"
echo "windw = 30m" >>"$CONF"
like "$(asked "check|netaddr|1|203.0.113.7")" \
	"^check-result\|1\|error\|$CONF:[0-9]+: .*windw" \
	"so is a wrong configuration"
like "$(asked "update|1")" "^update-result\|1\|error\|$CONF:" "  and an update fails"
authmap_conf
authmap record 203.0.113.7 joe imap
sweep 2>/dev/null

# An older OpenSMTPD: one socket, and messages in its memory's format.
cat >"$S/old.py" <<EOF2
import socket, struct, subprocess, sys
OPEN, CLOSE, UPDATE, CHECK, LOOKUP, FETCH = range(2, 8)
NETADDR, SOURCE = 0x008, 0x020
def message(kind, body=b'', length=None):
    return struct.pack('=IHHII', kind, length or 16 + len(body), 0, 0, 0) + body
def question(kind, service, client, count=0):
    return message(kind, struct.pack('=iQ', service, count) + client)
def opening(version=2):
    return message(OPEN, struct.pack('=I2048s', version, b'popauth'))
def said(*messages):
    ours, its = socket.socketpair()
    table = subprocess.Popen(['$O/table-authmap', '$CONF'], stdin=its,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    its.close()
    for m in messages:
        ours.sendall(m)
    ours.shutdown(socket.SHUT_WR)
    answers, heard = [], b''
    try:
        while piece := ours.recv(4096):
            heard += piece
    except ConnectionResetError:
        pass
    while heard:
        kind, length = struct.unpack('=IH', heard[:6])
        answers.append((kind, heard[16:length]))
        heard = heard[length:]
    return table.wait(60), answers
def result(number, text=b''):
    return (0, struct.pack('=i', number) + text)
tests = 0
def be(got, wanted, name):
    print('' if got == wanted else 'not ', 'ok - ', name, sep='')
    if got != wanted:
        print('# got:   ', got, '\n# wanted:', wanted)
be(said(opening()), (0, [(0, b'')]), 'old: opened')
be(said(opening(), message(CLOSE), question(CHECK, NETADDR, b'x\0')),
   (0, [(0, b'')]), 'old: closed')
for client, number in (b'203.0.113.7', 1), (b'203.0.113.8', 0), (b'local', 0), \\
        (b'[::ffff:203.0.113.7]', 1), (b'', 0):
    be(said(question(CHECK, NETADDR, client + b'\0')), (0, [result(number)]),
       'old: check %s' % client.decode())
be(said(question(LOOKUP, NETADDR, b'203.0.113.7\0')),
   (0, [result(1, b'203.0.113.7\0')]), 'old: lookup')
be(said(message(UPDATE)), (0, [result(1)]), 'old: update')
be(said(question(CHECK, SOURCE, b'203.0.113.7\0')), (0, [result(-1)]),
   'old: another service')
be(said(message(FETCH, struct.pack('=iQ', SOURCE, 0))), (0, [result(-1)]),
   'old: fetch')
for name, wrong in ('another version', opening(3)), \\
        ('no version', message(OPEN)), \\
        ('no such message', message(9)), \\
        ('too long', message(CHECK, b'', 20000)), \\
        ('too short', message(CHECK, b'', 3)), \\
        ('no client', message(CHECK, struct.pack('=iQ', NETADDR, 0))), \\
        ('no end', question(CHECK, NETADDR, b'203.0.113.7')), \\
        ('parameters', question(CHECK, NETADDR, b'203.0.113.7\0', 1)):
    be(said(wrong), (1, []), 'old: %s: it leaves' % name)
be(said(question(CHECK, NETADDR, b'203.0.113.7\0')[:-3]), (1, []),
   'old: cut short')
open('$S/run/relay.gdbm', 'wb').write(b'garbage' * 1000)
be(said(question(CHECK, NETADDR, b'203.0.113.7\0')), (0, [result(-1)]),
   'old: a map that is garbage')
EOF2
python3 "$S/old.py" >"$S/old"
grep -q "a map that is garbage" "$S/old"
ok $? "all messages of the older protocol were sent"
while read -r verdict; do
	case $verdict in
	"ok - "*) ok 0 "${verdict#ok - }" ;;
	"not ok - "*) ok 1 "${verdict#not ok - }" ;;
	*) echo "$verdict" ;;
	esac
done <"$S/old"
done_testing
