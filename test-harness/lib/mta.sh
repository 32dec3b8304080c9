# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The responder, and the stories that every MTA that asks it must pass.  Each MTA is
# started by a file of its own.

uses servers

SOCKET=$S/socketmap/sock

# responder_start [COMMAND ...]: start the responder, by COMMAND if there is one.
responder_start() {
	"$@" "$O/authmap-socketmapd" -f -c "$CONF" 2>>"$S/responder.log" &
	responder=$!
	started $responder
	within 10 "$TOP/test-harness/programs/socketmap" "$SOCKET" "relay nobody" ||
		sed 's/^/# /' "$S/responder.log"
}

# ask ADDRESS: print the responder's reply.
ask() {
	"$TOP/test-harness/programs/socketmap" "$SOCKET" "relay $1" 2>&1
}

# handed RESPONDER ADDRESS: start RESPONDER with a bound socket, as systemd does, and
# print its error.  ADDRESS is a path, "@" and a name without a path, or inet for any
# port on the loopback.
handed() {
	timeout 30 python3 - "$1" "$CONF" "$2" <<-'EOF' 2>&1
		import os, socket, sys
		responder, conf, address = sys.argv[1:]
		if address == 'inet':
		    s = socket.create_server(('127.0.0.1', 0))
		else:
		    s = socket.socket(socket.AF_UNIX)
		    s.bind(address.replace('@', '\0'))
		    s.listen(5)
		os.dup2(s.fileno(), 3)
		os.set_inheritable(3, True)
		os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
		os.execl(responder, responder, '-f', '-c', conf)
		EOF
}

responder_stop() {
	ended "$responder"
}

# check_inside [OPTION ...]: run "authmap check" in the MTA's root folder.
check_inside() {
	nsenter -t "$mta" -m -r "$O/authmap" -c "$CONF" check "$@"
}

# in_mta COMMAND ...: run COMMAND in the MTA's root folder.
in_mta() {
	nsenter -t "$mta" -m -r -w "$@"
}

# lets_relay ADDRESS, refuses ADDRESS: does the MTA relay for it?
lets_relay() {
	relay "$1" | grep -q '^250'
}
refuses() {
	relay "$1" | grep -q '^[45]'
}

# story_probe MTA: "authmap check --probe" sends a recipient to MTA, which relays for
# the probed address.  The entry is removed afterwards.
story_probe() {
	like "$(check_inside --probe 203.0.113.77)" \
		"^ok +probe +$1 lets 203.0.113.77 relay" \
		"authmap check --probe asks $1 itself"
	is "$(authmap list | grep -F 203.0.113.77)" "" "  and leaves no entry"
	authmap record 203.0.113.78 bob imap
	like "$(check_inside --probe 203.0.113.78)" \
		"^wrong +probe +203.0.113.78 may relay already" \
		"  an existing entry is not probed"
	like "$(authmap lookup 203.0.113.78)" "	bob	imap	" \
		"  and not removed"
	authmap remove 203.0.113.78 >"$S/removed"
}

# story_check MTA PLACE: "authmap check" finds the PLACE in the configuration of MTA
# where it asks the responder, and whether the responder answers.
story_check() {
	like "$(check_inside)" "^ok +mta +$1 asks at [^ ]+ \\(.*$2" \
		"authmap check reports that $1 asks"
	story_probe "$1"
	like "$(check_inside)" \
		"^ok +responder +$SOCKET answers \"OK OK\" for [0-9]" \
		"  and that the responder answers"
	kill -STOP "$responder"
	like "$(check_inside)" "^wrong +responder .*timed out: restart" \
		"  that the responder hangs"
	like "$(check_inside)" "^wrong +mta +$1 asks at .*timed out: restart" \
		"  and that $1 gets no answer"
	kill -CONT "$responder"
	responder_stop
	like "$(check_inside)" "^wrong +responder .*: start " \
		"  that the responder is down"
	responder_start "$CLOCKED"
}

# story_in_use MTA: the script that is asked before authmap is removed finds MTA.
story_in_use() {
	like "$(nsenter -t "$mta" -m -r -w "$TOP/maps/tool/still-needed" mta 2>&1)" \
		"^$1: .*authmap" "authmap is not removed while $1 asks"
}

# For the following stories, the MTA is $mta, a process in its namespace, and
# listens on port $SMTP.  Their arguments are regular expressions for the MTA's
# whole reply:  REFUSED when a client may not relay, TROUBLE when the client has to
# try later, LOCAL to a recipient of this host during the trouble.

# story_login REFUSED: a client may relay right after its login, and not before.
story_login() {
	for address in 203.0.113.7 2001:db8::7; do
		like "$(relay $address)" "$1" "$address is refused"
		client imap 127.0.0.1 "$IMAP_PROXY" --from $address >/dev/null
		like "$(relay $address)" "^250" "  and may relay after an IMAP login"
	done
	client pop3 127.0.0.1 "$POP3_PROXY" --from 198.51.100.7 --user amy \
		>/dev/null
	like "$(relay 198.51.100.7)" "^250" "a client may relay after a POP3 login"
	like "$(relay 203.0.113.99)" "$1" "another address is still refused"
	like "$(relay 203.0.113.99 joe@example.org)" "^250" \
		"  but its mail to this host is accepted"
}

# story_expiry REFUSED: a client may not relay after its entry has expired or was
# removed, or while the clock is set back.
story_expiry() {
	clock +31m
	for address in 203.0.113.7 2001:db8::7; do
		like "$(relay $address)" "$1" \
			"$address is refused when its entry has expired"
	done
	clock -1h
	like "$(relay 203.0.113.7)" "$1" "  and while the clock is set back"
	clock +0s
	like "$(relay 203.0.113.7)" "^250" "  but not when the clock is right"
	authmap remove 203.0.113.7 >/dev/null
	like "$(relay 203.0.113.7)" "$1" "it is refused when its entry was removed"
}

# story_trouble TROUBLE LOCAL WHAT: during the trouble WHAT, no client may relay, and
# mail to this host gets the reply that the recipe promises.
story_trouble() {
	# Ask for both at the same time: some MTAs wait long for an answer.
	relay 198.51.100.7 >"$S/login" &
	login=$!
	relay 203.0.113.99 >"$S/stranger" &
	stranger=$!
	like "$(relay 203.0.113.99 joe@example.org)" "$2" \
		"$3: mail to this host gets the promised reply"
	wait $login $stranger
	like "$(cat "$S/login")" "$1" "  a client with an entry has to try later"
	like "$(cat "$S/stranger")" "$1" "  and so has a client without one"
}

# story_outage TROUBLE LOCAL: the responder is down or hangs, the map is damaged or
# missing.
story_outage() {
	responder_stop
	story_trouble "$1" "$2" "the responder is down"
	responder_start "$CLOCKED"
	like "$(relay 198.51.100.7)" "^250" "the responder is started again"

	kill -STOP "$responder"
	story_trouble "$1" "$2" "the responder hangs"
	kill -CONT "$responder"
	like "$(relay 198.51.100.7)" "^250" "the responder continues"

	head -c 20000 /dev/urandom >"$S/garbage"
	cp "$S/garbage" "$S/run/relay.gdbm"
	story_trouble "$1" "$2" "the map is garbage"
	client imap 127.0.0.1 "$IMAP_PROXY" --from 198.51.100.7 >/dev/null
	like "$(relay 198.51.100.7)" "^250" "the next login replaces the map"

	rm "$S/run/relay.gdbm"
	story_trouble "$1" "$2" "the map is missing"
	client imap 127.0.0.1 "$IMAP_PROXY" --from 198.51.100.7 >/dev/null
	like "$(relay 198.51.100.7)" "^250" "the next login makes a map"
}

# story_limit: a user with two addresses may send to 20 recipients or fewer.
story_limit() {
	for who in "203.0.113.7 joe" "2001:db8::7 joe" "198.51.100.8 amy"; do
		# shellcheck disable=SC2086 # words are meant
		authmap record $who imap
	done
	seq 20 | smtp_client smtp 127.0.0.1 "$SMTP" --from 203.0.113.7 --step \
		>"$S/many"
	like "$(head -n 1 "$S/many")" "^250" "joe relays"
	like "$(tail -n 1 "$S/many")" "^451 Too many recipients" \
		"  until the limit for each user is reached"
	like "$(relay 2001:db8::7)" "^451 Too many recipients" \
		"  also from the user's other address"
	like "$(relay 2001:db8::7 joe@example.org)" "^250" \
		"  but the user's mail to this host is accepted"
	like "$(relay 198.51.100.8)" "^250" "  and another user may relay"
}
