#!/bin/sh
# SPDX-License-Identifier: ISC
# A client may relay during its session and for a window after it: the entry is
# refreshed by a timer during IDLE, at the session's end, and when a hibernated
# session wakes up.  A removed entry stays removed.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin "window = 4s"
dovecot_start hibernate

"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 --idle --hold 9999 \
	--until "$S/wake" --wake 9999 >"$S/out" 2>&1 &
idle=$!
started $idle
within 10 authmap lookup 203.0.113.7
is $? 0 "a client logs in, and goes to IDLE"
within 20 alive_since 203.0.113.7 $(($(seen 203.0.113.7) + 5))
is $? 0 "after more than a window it may still relay"
authmap remove 203.0.113.7 >/dev/null
sleep 2.5
absent 203.0.113.7
is $? 0 "after its removal, the session does not bring it back"
# The window is short, so look it up at once.
may_after_login() {
	client imap 127.0.0.1 "$IMAP_PROXY" --from "$1" && authmap lookup "$1"
}
within 5 may_after_login 203.0.113.7
is $? 0 "a login does"

imap=$(mail_process 203.0.113.7)
like "$imap" "^[0-9]+$" "its process is known"
within 10 gone "$imap"
is $? 0 "the session is hibernated: its process is gone"
within 20 absent 203.0.113.7
is $? 0 "  and later its entry has expired"
: >"$S/wake"
within 20 grep -q "^x OK" "$S/out"
within 10 authmap lookup 203.0.113.7
is $? 0 "  when it wakes up, it may relay again"
ended $idle

begin=$(date +%s)
client pop3 127.0.0.1 "$POP3_PROXY" --from 203.0.113.8 --hold 2.5 >/dev/null
alive_since 203.0.113.8 $((begin + 2))
is $? 0 "the window begins again when a session ends"

"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.9 --hold 9999 >"$S/out" &
lost=$!
started $lost
within 10 authmap lookup 203.0.113.9
rm "$S/run/relay.gdbm"
sweep 2>/dev/null
within 10 authmap lookup 203.0.113.9
is $? 0 "after a lost map, a session brings its entry back"
ended $lost
unlike "$(cat "$S/d/log")" "Error|Fatal|Panic" "no errors in Dovecot's log"

# While another process holds the lock, a session wakes up.  Its next refresh is far
# away, and its end within the minute in which a refresh is not worth writing.
authmap_conf "window = 20m"
# wakes_locked ADDRESS: log in from ADDRESS, hibernate, and wake up as $idle with the
# lock held.
wakes_locked() {
	rm -f "$S/wake"
	: >"$S/out"
	"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from "$1" --idle \
		--hold 9999 --until "$S/wake" --wake 9999 >"$S/out" 2>&1 &
	idle=$!
	started $idle
	within 10 authmap lookup "$1" >/dev/null
	imap=$(mail_process "$1")
	within 15 gone "$imap"
	is $? 0 "a session of $1 is hibernated"
	before=$(seen "$1")
	hold_lock
	: >"$S/wake"
	within 20 grep -q "^x OK" "$S/out"
	is "$?, $(seen "$1")" "0, $before" \
		"  it wakes up while the lock is held, and is not refreshed"
}
wakes_locked 203.0.113.10
ended "$holder"
ended $idle
within 10 alive_since 203.0.113.10 $((before + 1))
is $? 0 "  its end refreshes the entry"
wakes_locked 203.0.113.11
ended "$holder"
within 20 alive_since 203.0.113.11 $((before + 1))
is $? 0 "  and so does the session, soon after the lock is released"
ended $idle
done_testing
