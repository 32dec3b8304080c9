#!/bin/sh
# SPDX-License-Identifier: ISC
# Text of clients, the environment, files and other programs: authmap prints and
# logs it as printable ASCII, and it cannot begin a line.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

# A newline, a color, C1 as a byte and in UTF-8, bidirectional marks, DEL, and no
# UTF-8; and what can stand on a line of a file.
marks=$(printf '\033[31m\033]0;t\007\233\302\233\342\200\256\342\201\246\177\377')
nasty="x$marks
FORGED 203.0.113.66 $marks"
flat="x$marks y"
# The text for a configuration: no control byte, and no blank in a path.
conf_flat="x$(printf '\302\233\342\200\256\377')y"
long=$nasty$(printf "%03000d$marks" 0)

COLOR='\\(033|u001b)\[31m'

# plain: $S/out is printable ASCII, with tabs, and no line of it is forged.
plain() {
	! LC_ALL=C grep -qa '[^	 -~]' "$S/out" &&
		! grep -qa '^FORGED' "$S/out"
}
# shown NAME: $S/out is plain, and has the text, encoded.
shown() {
	plain && grep -qE "${SHOWN:-$COLOR}" "$S/out"
	set -- $? "$1"
	ok "$1" "$2"
	[ "$1" = 0 ] || cut -c 1-200 "$S/out" | head | cat -v | sed 's/^/# /'
}
# quiet NAME: $S/out is plain, with or without the text.
quiet() {
	plain
	set -- $? "$1"
	ok "$1" "$2"
	[ "$1" = 0 ] || cut -c 1-200 "$S/out" | head | cat -v | sed 's/^/# /'
}
# says NAME COMMAND ...: the output shows the text.
says() {
	name=$1
	shift
	"$@" >"$S/out" 2>&1 </dev/null
	shown "$name"
}

# ----- the command line --------------------------------------------------------
begin
for text in "$nasty" "$long"; do
	case $text in
	"$long") kind="long " ;;
	*) kind= ;;
	esac
	says "${kind}verb" authmap "$text"
	says "${kind}option" authmap list "--$text"
	authmap list "-$marks" >"$S/out" 2>&1
	quiet "  a short text"
	says "  with a value" authmap list "--json=$text"
	says "${kind}address: lookup" authmap lookup "$text"
	says "  record" authmap record "$text"
	says "  remove" authmap remove "$text"
	says "${kind}user: remove" authmap remove --user "$text"
	says "  block" authmap block "$text" --for "$text"
	says "  unblock" authmap unblock --user "$text"
	authmap watch --interval "$text" >"$S/out" 2>&1
	quiet "${kind}interval"
	says "${kind}file: import" authmap import "$S/$text"
	says "${kind}command" authmap relaylock "$S/$text"
	for program in authmap authmap-sweeper authmap-socketmapd \
		authmap-cluster; do
		[ -x "$O/$program" ] || continue
		verb=
		[ $program != authmap ] || verb=list
		says "${kind}-c: $program" "$O/$program" -c "$S/$text" $verb
		says "  an option" "$O/$program" "--$text"
	done
	says "  table-authmap" "$O/table-authmap" "--$text"
done
says "-p" "$O/authmap-sweeper" -c "$CONF" -p "$S/$nasty/pid"

# ----- the configuration -------------------------------------------------------
# A control byte is refused and reported.
authmap_conf "window = $flat"
SHOWN='authmap.conf:5: byte \\033 ' says "configuration: a control byte" \
	authmap list
SHOWN='(\\+342\\+200\\+256|u202e)'
for setting in "$conf_flat = 1" "$conf_flat" "window = $conf_flat" \
	"exclude = $conf_flat" "map = $conf_flat" "socket = $conf_flat"; do
	authmap_conf "$setting"
	says "configuration: $(echo "$setting" | tr -cd 'a-z =')" \
		authmap list
	says "  the sweeper" "$O/authmap-sweeper" -c "$CONF" --once
done
authmap_conf "cluster = $conf_flat"
authmap list >"$S/out" 2>&1
quiet "  cluster, which might be a password, is not shown"
authmap_conf
sed -i '/^map\|^state_dir\|^group/d' "$CONF"
cat >>"$CONF" <<-END
	map = $S/$conf_flat/relay.gdbm
	state_dir = $S/$conf_flat
	group = $conf_flat
	END
for verb in config check stats list blocks "remove 203.0.113.7"; do
	for json in "" --json; do
		# shellcheck disable=SC2086 # words are meant
		authmap $verb $json >"$S/out" 2>&1
		case $verb in
		list | blocks | stats) quiet "paths and names: $verb $json" ;;
		*) shown "paths and names: $verb $json" ;;
		esac
	done
done
authmap --json config >"$S/json" && authmap --json check >"$S/json2"
python3 - "$S/json" "$S/json2" "$S/$conf_flat" <<-'END'
	import json, os, sys
	config, check = [json.load(open(name)) for name in sys.argv[1:3]]
	value = config['state_dir']['value'].encode(errors='surrogateescape')
	assert value == os.fsencode(sys.argv[3]), value
	assert all(finding['is'] and finding['text'] for finding in check), check
	END
is $? 0 "  --json is JSON, and has the same bytes"

SHOWN=

# ----- names that log in -------------------------------------------------------
authmap_conf
authmap record 203.0.113.7 "$nasty" "$nasty"
authmap record 203.0.113.8 "$long" "$long"
for verb in list "lookup 203.0.113.7" "lookup 203.0.113.8"; do
	for json in "" --json; do
		# shellcheck disable=SC2086 # words are meant
		says "a user: $verb $json" authmap $verb $json
	done
done
script -qc "$O/authmap -c $CONF list" /dev/null | tr -d '\r' >"$S/out"
shown "  list at a terminal"
TERM=xterm "$TOP/test-harness/programs/screen" 24x80 wait:203.0.113.8 show key:q -- \
	"$O/authmap" -c "$CONF" watch >"$S/out" 2>&1
shown "  watch"
like "$(tail -n 1 "$S/out")" "unknown 0$" "  without foreign sequences"
says "  remove" authmap remove 203.0.113.7
authmap record 203.0.113.7 "$nasty"
says "  block" authmap block --user "$nasty"
says "  blocks" authmap blocks
says "  blocks --json" authmap blocks --json
authmap unblock --user "$nasty" >"$S/out" 2>&1
quiet "  unblock"
authmap remove 203.0.113.8 >"$S/out" 2>&1
shown "  remove: a long name"
is "$(wc -l <"$S/out")" 1 "  is one line"

# ----- files that others may write ---------------------------------------------
printf '%s\n' "$flat" "203.0.113.9	$flat" "$flat	ok" "$long" >"$S/lines"
printf 'a\000%s\tok\n' "$flat" >>"$S/lines"
says "a file to import" authmap import "$S/lines"
printf 'format=print\ntype=%s\nHEADER=END\n %s\n' "$flat" "$flat" >"$S/dump"
authmap import "$S/dump" >"$S/out" 2>&1
quiet "  a dump"

authmap_conf
authmap record 203.0.113.7 joe imap
perl -MGDBM_File -e '
	tie %map, "GDBM_File", $ARGV[0], GDBM_WRITER, 0600 or die;
	($now, $text) = (time, $ARGV[1]);
	$value = sprintf "%010d %010d", $now + 1800, $now;
	$map{$text} = "$value imap joe";
	$map{"203.0.113.10"} = "$value imap $text";
	$map{"203.0.113.11"} = "$value $text joe";
	$map{"203.0.113.12"} = $text;
	$map{"203.0.113.13"} = "$value imap " . $text x 500;
' "$S/run/relay.gdbm" "$nasty" || ok 1 "the map could not be written"
# A session of "authmap watch", too.
for command in "authmap list" "authmap list --json" "authmap stats" \
	"authmap check" "authmap lookup 203.0.113.10" "authmap sweep" sweep \
	"authmap remove 203.0.113.11"; do
	$command >"$S/out" 2>&1
	quiet "planted in the map: $command"
done
for file in "$S"/run/* "$S/state/relay.saved" "$S/state/relay.blocks" \
	"$S/run/relay.cluster" "$S/run/relay.pending" "$S/run/relay.failures"; do
	case $file in
	*/sock | *\**) continue ;;
	esac
	printf '%s\n%s %s\nwhy %s\nstate %s\n' "$nasty" "$flat" "$flat" \
		"$nasty" "$nasty" >"$file"
	: >"$S/out"
	for verb in "record 203.0.113.7 joe imap" list check blocks stats \
		"lookup 203.0.113.7" sweep; do
		# shellcheck disable=SC2086 # words are meant
		authmap $verb >>"$S/out" 2>&1
	done
	sweep >>"$S/out" 2>&1
	quiet "planted in ${file##*/}"
	rm -f "$file" "$file.broken-"*
done
printf '%s\n' "$(date +%s) $flat" >"$S/run/relay.cluster"

# ----- the responder -----------------------------------------------------------
authmap_conf "socket = $SOCKET"
sweep 2>/dev/null
authmap record 203.0.113.7 "$nasty" imap
responder_start
python3 - "$SOCKET" "$nasty" "$long" >"$S/out" 2>&1 <<-'END'
	import os, socket, sys
	texts = [os.fsencode(text) for text in sys.argv[2:]]
	questions = [b'user 203.0.113.7', b'popuser 203.0.113.7']
	for text in texts:
	    questions += [text, text + b' 203.0.113.7', b'relay ' + text,
	                  b'relay 203.0.113.7\0' + text]
	def ask(raw):
	    s = socket.socket(socket.AF_UNIX)
	    s.settimeout(60)
	    s.connect(sys.argv[1])
	    try:
	        s.sendall(raw)
	        s.shutdown(socket.SHUT_WR)
	        while data := s.recv(65536):
	            sys.stdout.buffer.write(data + b'\n')
	    except OSError:
	        pass
	for question in questions:
	    ask(b'%d:%s,' % (len(question), question))
	for text in texts:
	    ask(text)
	    ask(b'5:' + text)
	END
shown "the responder's replies"
echo garbage >"$S/run/relay.gdbm"
"$TOP/test-harness/programs/socketmap" "$SOCKET" "relay 203.0.113.7" >"$S/out" 2>&1
quiet "  with an error"
responder_stop
cp "$S/responder.log" "$S/out"
quiet "  and its log"
rm "$S/run/relay.gdbm"
sweep 2>/dev/null

# ----- table-authmap -----------------------------------------------------------
printf '%s\n' "config|ready" "table|0.1|1|t|check|netaddr|$flat|$flat" \
	"table|0.1|1|t|$flat|netaddr|1|203.0.113.7" \
	"table|0.1|1|t|lookup|$flat|1|203.0.113.7" "$nasty" |
	"$O/table-authmap" "$CONF" >"$S/out" 2>&1
shown "table-authmap's replies"
printf '%s' "$nasty" | "$O/table-authmap" "$CONF" >"$S/out" 2>&1
quiet "  and to bytes that are no message"
printf '%s\n' "config|ready" "table|0.1|1|t|check|netaddr|1|203.0.113.7" |
	"$O/table-authmap" "$S/$flat" >"$S/out" 2>&1
shown "  with a missing configuration"

# ----- the environment ---------------------------------------------------------
syslog_start "$S/said"
# logged NAME: the log has the text, in at most one line for each command.
logged() {
	within 5 grep -q '033\[31m' "$S/said"
	cp "$S/said" "$S/out"
	shown "$1"
	: >"$S/said"
}
for text in "$nasty" "$long"; do
	PAM_TYPE=open_session PAM_RHOST=$text PAM_USER=joe PAM_SERVICE=imap \
		with_syslog "$O/authmap" -c "$CONF" record --pam
	logged "PAM_RHOST"
	PAM_TYPE=open_session PAM_RHOST=203.0.113.7 PAM_USER=$text \
		PAM_SERVICE=$text with_syslog "$O/authmap" -c "$CONF" record --pam
	logged "  PAM_USER, PAM_SERVICE"
	for variable in TCPREMOTEIP AUTHMAP_KEEPER; do
		with_syslog env USER=joe TCPREMOTEIP=203.0.113.7 "$variable=$text" \
			"$O/authmap" -c "$CONF" record --env -- true
		logged "record --env: $variable"
	done
	for variable in USER AUTHENTICATED; do
		with_syslog env USER=joe TCPREMOTEIP=203.0.113.9 \
			AUTHENTICATED="" "$variable=$text" "$O/authmap" \
			-c "$CONF" prelogin -- "$O/authmap" -c "$CONF" \
			record --env -- true
		logged "  $variable"
		authmap remove 203.0.113.9 >/dev/null 2>&1
	done
	says "relaylock: TCPREMOTEIP" env TCPREMOTEIP="$text" "$O/authmap" \
		-c "$CONF" relaylock -- true
done
authmap record 203.0.113.9 "$nasty" imap
says "  AUTHMAP_USER" env -i TCPREMOTEIP=203.0.113.9 \
	"$O/authmap" -c "$CONF" relaylock -- "$(command -v env)"

# A false responder, which a user that may not read the map asks.
authmap_conf "socket = $S/fake"
sweep 2>/dev/null
python3 - "$S/fake" "$flat" <<-'END' &
	import os, socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.bind(sys.argv[1])
	os.chmod(sys.argv[1], 0o666)
	s.listen(5)
	text = os.fsencode(sys.argv[2])
	answers = [b'OK OK', b'OK ' + text, text]
	for answer in answers:
	    c = s.accept()[0]
	    c.recv(1000)
	    c.sendall(b'%d:%s,' % (len(answer), answer))
	    c.close()
	END
started $!
within 5 test -S "$S/fake"
cp "$O/authmap" "$S/authmap"
stranger() {
	setpriv --reuid 33 --regid 33 --clear-groups env -i \
		TCPREMOTEIP=203.0.113.7 "$S/authmap" -c "$CONF" relaylock -- \
		"$(command -v env)"
}
stranger >"$S/out" 2>&1
quiet "a user from a false responder"
like "$(cat "$S/out")" "^AUTHMAP_USER=-$" "  is not a name, and is not passed on"
says "  or says instead of an answer" stranger

# ----- the sources -------------------------------------------------------------
"$TOP/test-harness/tools/lint-print" >"$S/out"
is "$?, $(cat "$S/out")" "0, " "no source prints a string without the encoder"
mkdir "$S/bad" "$S/good"
n=0
while IFS= read -r statement; do
	n=$((n + 1))
	printf 'void f(void)\n{\n\t%s\n}\n' "$statement" >"$S/bad/$n.c"
done <<-'END'
	(void)printf("%s\n", name);
	(void)printf("%d %-*.3s\n", 1, 2, name);
	(void)printf("\"%c\"", c);
	(void)printf(name);
	(void)fprintf(stderr, "a" "%s", name);
	(void)vfprintf(stderr, format, ap);
	print(stdout, "%s %d", name, 1);
	puts(name);
	if (out) fputs(name, stdout);
	putchar(c);
	syslog(LOG_ERR, "a");
	warnx("%s", name);
	perror(name);
	write(1, name, n);
	(void)write(STDERR_FILENO, name, n);
	fwrite(name, 1, n, stderr);
	dprintf(2, "%s", name);
	e_error(user->event, "%s: %s", ENCODED(a, 2), error);
END
is "$("$TOP/test-harness/tools/lint-print" "$S/bad" | wc -l)" $n \
	"  each statement that does is found"
cat >"$S/good/good.c" <<-'END'
	void f(void)
	{
		(void)printf(n == 0 ? "\n" : "%lld,\n", n);
		print(stdout, "%s %-8s %-*s %lld", a, b, 3, c, n);
		putchar('\n');
		fputs(text, batch);
		(void)snprintf(text, 2, "%s", name);
		(void)write(fd, text, n);
		e_error(user->event, "a %s", ENCODED(a, 2));
		log_say(log, 3, "%s", name);
	}
END
is "$("$TOP/test-harness/tools/lint-print" "$S/good")" "" "  and no other"
done_testing
