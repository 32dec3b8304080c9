#!/bin/sh
# SPDX-License-Identifier: ISC
# authmap watch, at a terminal and in a pipe.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
authmap record 203.0.113.7 joe imap
TERM=xterm
export TERM

# screen SIZE ACTION ...: run watch at a terminal, with two more actions.
screen() {
	"$TOP/test-harness/programs/screen" "$@" -- \
		"$O/authmap" -c "$CONF" watch --interval 1s
}
left="screen restored
cursor restored
modes restored
beyond 0 scrolled 0 unknown 0"

out=$(screen 24x80 wait:joe show key:q)
is "$(echo "$out" | head -1)" \
	"entries 1, users 1, grants 0.0/s, refreshes 0.0/s" "a summary line"
like "$out" "^ADDRESS      USER  SERVICE      SEEN     LEFT$" "  a head"
like "$out" "^203.0.113.7  joe   imap +[0-9]+s +(30m 0s|29m [0-9]+s)$" \
	"  and a line for each"
is "$(echo "$out" | tail -5)" "exit 0
$left" "q ends it, and restores the terminal"
for signal in INT TERM HUP QUIT; do
	is "$(screen 24x80 wait:joe signal:$signal)" "exit 0
$left" "  SIG$signal does so, too"
done
is "$(screen 24x80 wait:joe key:'\x03')" "exit 0
$left" "  and Ctrl-C"

is "$("$TOP/test-harness/programs/screen" 24x80 wait:joe key:'\x03' -- \
	sh -c "exec $O/authmap -c $CONF watch </dev/null")" "exit 0
$left" "  also if no key is read"

# A client logs in meanwhile.
sleep 1.1	# a second later
out=$(screen 24x80 wait:joe "run:$O/authmap -c $CONF record \
	fd12:3456:789a:bcde:f123:4567:89ab:cdef \
	a.name.of.many.words@mail.example.org pop3" 'wait:^fd12' show key:q)
is "$(echo "$out" | sed -n '3,4s/ .*//p' | tr '\n' ' ')" \
	"fd12:3456:789a:bcde:f123:4567:89ab:cdef 203.0.113.7 " \
	"the newest login is on top"
like "$out" "^fd12:[0-9a-f:]{34}  a.name.of.\+  pop3  .* (30m 0s|29m [0-9]+s)$" \
	"  in 80 columns, a long address is whole and a long name is cut"
is "$(echo "$out" | tail -1)" "beyond 0 scrolled 0 unknown 0" \
	"  no line is longer than the screen"
# For a second, the summary counts it.  On a busy machine, that may be missed.
counted() {
	authmap remove fd12::7
	screen 24x80 wait:joe "run:$O/authmap -c $CONF record fd12::7 eve pop3" \
		'wait:^fd12::7' show key:q >"$S/counted"
	grep -qE "^entries 3, users 3, grants ([1-9]|0\.[1-9])" "$S/counted"
}
within 2 counted
ok $? "  the summary counts it"
authmap remove fd12::7 >/dev/null

# Names of users come from the network.
authmap record 203.0.113.9 "$(printf 'e\033[2Jv\nil')" imap
out=$(screen 24x80 wait:203.0.113.9 show key:q)
like "$out" '^203.0.113.9 +e\\033\[2J' "a name's control sequences are shown encoded"
is "$(echo "$out" | tail -4)" "$left" "  really"
authmap remove 203.0.113.9 >/dev/null

# Any size, any time.
"$O/test/fill" "$CONF" 300
sleep 1.1
authmap record 203.0.113.7 joe imap
out=$(screen 24x80 wait:more show key:q)
is "$(echo "$out" | sed -n '2,24p' | wc -l)" 23 "301 entries fill the screen"
like "$(echo "$out" | sed -n 3p)" "^203.0.113.7 " "  the newest one on top"
is "$(echo "$out" | sed -n 24p)" "and 280 more" "  and the number of the others"
is "$(echo "$out" | tail -4)" "$left" "  the screen does not scroll"
out=$(screen 24x80 wait:280.more size:10x40 wait:294.more show size:50x132 \
	wait:254.more show key:q)
is "$(echo "$out" | sed -n '11,60p' | wc -l)" 50 "a change of the size takes effect at once"
is "$(echo "$out" | sed -n 10p)" "and 294 more" "  of a smaller size"
is "$(echo "$out" | sed -n 60p)" "and 254 more" "  of a larger size"
is "$(echo "$out" | tail -4)" "$left" "  no line is longer"
for size in 1x1 1x80 2x80 3x10 24x20; do
	is "$(screen $size wait:. key:q)" "exit 0
$left" "a screen of $size"
done

# Ctrl-Z returns the terminal to the shell until watch continues.
is "$(screen 24x80 wait:joe key:'\x1a' stopped signal:CONT wait:joe key:q)" \
	"stopped on the first screen
exit 0
$left" "Ctrl-Z stops it, and it continues"

echo garbage >"$S/run/relay.gdbm"
out=$(screen 24x80 wait:cannot show key:q)
like "$out" "relay.gdbm: cannot be read" "a map that cannot be read is reported"
is "$(echo "$out" | tail -5)" "exit 0
$left" "  on the screen"
sweep 2>/dev/null

# Without a terminal: a line for each login, refresh and end of an entry.
rm -f "$S/run/relay.gdbm" "$S/state/relay.saved"
sweep
authmap record 203.0.113.7 joe imap
"$O/authmap" -c "$CONF" watch --interval 1s >"$S/lines" 2>"$S/errors" &
watch=$!
started $watch
# told REGEX NAME
told() {
	within 10 grep -qE "$1" "$S/lines"
	like "$(cat "$S/lines")" "$1" "$2"
}
# When a change is printed, watch has read the map once.
within 10 sh -c "$O/authmap -c $CONF record 203.0.113.99 && sleep 1.1 &&
	$O/authmap -c $CONF remove 203.0.113.99 >/dev/null &&
	grep -q 203.0.113.99 $S/lines"
unlike "$(cat "$S/lines")" "granted	203.0.113.7	" \
	"in a pipe, existing entries are not printed"
authmap record 2001:db8::8 amy pop3
told "^granted	2001:db8::8	amy	pop3	[0-9]{10}	(1800|17[0-9][0-9])$" \
	"  a login is"
authmap record 203.0.113.7 joe imap
told "^refreshed	203.0.113.7	joe	imap	" "  another login"
authmap record 2001:db8::8 "$(printf 'e\033ve')" pop3
told "^granted	2001:db8::8	e\\\\033ve	pop3	" \
	"  a login of another user from the address"
authmap remove 203.0.113.7 >/dev/null
told "^gone	203.0.113.7	joe	imap	" "  and a removal"
is "$(grep -vcE '^(granted|refreshed|gone)(	[^	]+){5}$' "$S/lines")" 0 \
	"  each on a line"
unlike "$(cat "$S/lines")" "$(printf '\033')" "  without control sequences"
echo garbage >"$S/run/relay.gdbm"
within 10 grep -q . "$S/errors"
sleep 2.2
like "$(cat "$S/errors")" "^authmap: $S/run/relay.gdbm: cannot be read: " \
	"an error is reported"
is "$(wc -l <"$S/errors")" 1 "  once"
sweep 2>/dev/null
authmap record 203.0.113.20 bob imap
told "^granted	203.0.113.20	" "  and it continues"
kill "$watch"
wait "$watch"
is $? 0 "it ends upon SIGTERM"

# As JSON, also at a terminal: a line for each change.
"$O/authmap" -c "$CONF" watch --json --interval 1s >"$S/json" 2>&1 &
started $!
within 20 sh -c "$O/authmap -c $CONF record 203.0.113.21 eve; sleep 1.1
	$O/authmap -c $CONF remove 203.0.113.21 >/dev/null; sleep 1.1
	grep -q gone $S/json"
python3 - "$S/json" <<-'EOF'
	import json, sys
	for line in open(sys.argv[1]):
	    event = json.loads(line)
	    assert event['event'] in ('granted', 'refreshed', 'gone'), event
	    assert event['entry']['address'] == '203.0.113.21', event
	EOF
is $? 0 "with --json, each line is an object"

# A map that watch may not read.
cp "$O/authmap" "$S/authmap"
chmod 700 "$S/run"
like "$(timeout 60 setpriv --reuid=33 --regid=33 --clear-groups "$S/authmap" \
	-c "$CONF" watch 2>&1; echo $?)" \
	"relay.gdbm: cannot be read: Permission denied" \
	"without permission, it reports that"
is "$(timeout 60 setpriv --reuid=33 --regid=33 --clear-groups "$S/authmap" \
	-c "$CONF" watch 2>/dev/null; echo $?)" 2 "  and ends"
chmod 770 "$S/run"

# A terminal without control sequences.
for n in $(seq 30 90); do
	authmap record "203.0.113.$n" joe imap
	sleep 0.2
done &
started $!
TERM=dumb
is "$(screen 24x80 wait:granted signal:TERM)" "exit 0
$left" "a dumb terminal gets lines"
like "$(authmap watch --interval 0 2>&1; echo $?)" \
	"^authmap: --interval 0: must be from 1s" "an interval that is not valid"
like "$(authmap watch --interval x 2>&1; echo $?)" \
	"^authmap: --interval x: must be a time" "  or not a number"
like "$(authmap watch --interval 5 2>&1; echo $?)" \
	"^authmap: --interval 5: has no unit: write 5s, 5m," "  or without a unit"
authmap watch --interval x 2>/dev/null
is $? 2 "  is an error"
done_testing
