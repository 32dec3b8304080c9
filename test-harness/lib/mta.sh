# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The responder, and what every MTA that asks it has to show.  How each is started
# stands in a file of its own.

uses servers

SOCKET=$S/socketmap/sock

# responder_start [COMMAND ...]: in the foreground, under COMMAND.
responder_start() {
	"$@" "$O/authmap-socketmapd" -f -c "$CONF" 2>>"$S/responder.log" &
	responder=$!
	started $responder
	within 10 "$TOP/test-harness/programs/socketmap" "$SOCKET" "relay nobody" ||
		sed 's/^/# /' "$S/responder.log"
}

# ask ADDRESS: the responder's answer.
ask() {
	"$TOP/test-harness/programs/socketmap" "$SOCKET" "relay $1" 2>&1
}

responder_stop() {
	ended "$responder"
}

# check_inside [OPTION ...]: "authmap check" as it is where the MTA's configuration
# is.
check_inside() {
	nsenter -t "$mta" -m -r "$O/authmap" -c "$CONF" check "$@"
}

# story_probe MTA: it asks MTA itself, which may relay then, and leaves nothing.
story_probe() {
	like "$(check_inside --probe 203.0.113.77)" \
		"^ok +probe +$1 lets 203.0.113.77 relay" \
		"authmap check has $1 itself asked"
	is "$(authmap list | grep -F 203.0.113.77)" "" "  and leaves no entry"
	authmap record 203.0.113.78 bob imap
	like "$(check_inside --probe 203.0.113.78)" \
		"^wrong +probe +203.0.113.78 may relay already" \
		"  an entry that is there is not probed"
	like "$(authmap lookup 203.0.113.78)" "	bob	imap	" "  nor removed"
	authmap remove 203.0.113.78 >"$S/removed"
}

# story_check MTA PLACE: it knows that MTA asks, at which PLACE of its
# configuration, and whether anybody answers.
story_check() {
	like "$(check_inside)" "^ok +mta +$1 asks at [^ ]+ \\(.*$2" \
		"authmap check knows that $1 asks"
	story_probe "$1"
	like "$(check_inside)" \
		"^ok +responder +$SOCKET answers \"OK OK\" for [0-9]" \
		"  and that it is answered"
	kill -STOP "$responder"
	like "$(check_inside)" "^wrong +responder .*timed out: restart" \
		"  that the responder hangs"
	like "$(check_inside)" "^wrong +mta +$1 asks at .*timed out: restart" \
		"  and that $1 has no answer"
	kill -CONT "$responder"
	responder_stop
	like "$(check_inside)" "^wrong +responder .*: start " \
		"  that it is down"
	responder_start "$CLOCKED"
}

# story_in_use MTA: what removes authmap knows that it is still needed there.
story_in_use() {
	like "$(nsenter -t "$mta" -m -r -w "$TOP/maps/tool/in-use" mta 2>&1)" \
		"^$1: .*authmap" "authmap is not removed while $1 asks"
}

# The MTA is $mta, a process in its namespace, and listens on port $SMTP.  Each
# of the following is told what the MTA says to whom it REFUSED, and to whom it
# has to send away in TROUBLE, as the regular expression of the whole reply.

# Refused before a login, relayed right after it.
story_login() {
	for address in 203.0.113.7 2001:db8::7; do
		like "$(relay $address)" "$1" "$address is refused"
		client imap 127.0.0.1 "$IMAP_PROXY" --from $address >/dev/null
		like "$(relay $address)" "^250" "  and relays after an IMAP login"
	done
	client pop3 127.0.0.1 "$POP3_PROXY" --from 198.51.100.7 --user amy \
		>/dev/null
	like "$(relay 198.51.100.7)" "^250" "after a POP3 login, too"
	like "$(relay 203.0.113.99)" "$1" "another address is still refused"
	like "$(relay 203.0.113.99 joe@example.org)" "^250" \
		"  but mail to this host is taken from it"
}

# Refused when the window is over, when removed, when the clock was set back.
story_expiry() {
	clock +31m
	for address in 203.0.113.7 2001:db8::7; do
		like "$(relay $address)" "$1" "$address is refused in the end"
	done
	clock -1h
	like "$(relay 203.0.113.7)" "$1" "refused when the clock was set back"
	clock +0s
	like "$(relay 203.0.113.7)" "^250" "relays again"
	authmap remove 203.0.113.7 >/dev/null
	like "$(relay 203.0.113.7)" "$1" "but not when it was removed"
}

# story_trouble TROUBLE LOCAL WHAT: nobody is let in; what becomes of mail to
# this host is what the recipe promises.
story_trouble() {
	# Both at once: some MTAs wait long for an answer.
	relay 198.51.100.7 >"$S/login" &
	login=$!
	relay 203.0.113.99 >"$S/stranger" &
	stranger=$!
	like "$(relay 203.0.113.99 joe@example.org)" "$2" \
		"$3: mail to this host is as promised"
	wait $login $stranger
	like "$(cat "$S/login")" "$1" "  who may relay has to wait"
	like "$(cat "$S/stranger")" "$1" "  and so has a stranger"
}

# story_outage TROUBLE LOCAL
story_outage() {
	responder_stop
	story_trouble "$1" "$2" "the responder is down"
	responder_start "$CLOCKED"
	like "$(relay 198.51.100.7)" "^250" "it is back"

	kill -STOP "$responder"
	story_trouble "$1" "$2" "the responder hangs"
	kill -CONT "$responder"
	like "$(relay 198.51.100.7)" "^250" "it goes on"

	head -c 20000 /dev/urandom >"$S/garbage"
	cp "$S/garbage" "$S/run/relay.gdbm"
	story_trouble "$1" "$2" "the map is garbage"
	client imap 127.0.0.1 "$IMAP_PROXY" --from 198.51.100.7 >/dev/null
	like "$(relay 198.51.100.7)" "^250" "the next login mends it"

	rm "$S/run/relay.gdbm"
	story_trouble "$1" "$2" "the map is missing"
	client imap 127.0.0.1 "$IMAP_PROXY" --from 198.51.100.7 >/dev/null
	like "$(relay 198.51.100.7)" "^250" "the next login makes one"
}

# One user, two addresses, and no more than a limit of 20 recipients or fewer.
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
		"  from his other address, too"
	like "$(relay 2001:db8::7 joe@example.org)" "^250" \
		"  but his mail to this host is taken"
	like "$(relay 198.51.100.8)" "^250" "  and another's is relayed"
}
