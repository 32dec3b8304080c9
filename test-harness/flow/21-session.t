#!/bin/sh
# SPDX-License-Identifier: ISC
# The right to relay lasts as long as the client is connected, and a window
# beyond: by a timer during IDLE, at the session's end, and when a hibernated
# session wakes up.  What was removed stays removed.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin "window = 4s"
dovecot_start hibernate

"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 --idle --hold 9999 \
	--until "$S/wake" --wake 9999 >"$S/out" 2>&1 &
idle=$!
started $idle
within 5 authmap lookup 203.0.113.7
is $? 0 "a client logs in, and goes to IDLE"
within 20 alive_since 203.0.113.7 $(($(seen 203.0.113.7) + 5))
is $? 0 "after a window and more it may still relay"
authmap remove 203.0.113.7 >/dev/null
sleep 2.5
absent 203.0.113.7
is $? 0 "removed, its session does not bring it back"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 >/dev/null
authmap lookup 203.0.113.7 >/dev/null
is $? 0 "a login does"

imap=$(mail_process 203.0.113.7)
like "$imap" "^[0-9]+$" "its process is known"
within 10 gone "$imap"
is $? 0 "the session is hibernated: its process is gone"
within 20 absent 203.0.113.7
is $? 0 "  and in time its window is over"
: >"$S/wake"
within 20 grep -q "^x OK" "$S/out"
within 10 authmap lookup 203.0.113.7
is $? 0 "  when it wakes up, it may relay again"
ended $idle

begin=$(date +%s)
client pop3 127.0.0.1 "$POP3_PROXY" --from 203.0.113.8 --hold 2.5 >/dev/null
alive_since 203.0.113.8 $((begin + 2))
is $? 0 "the window begins anew when a session ends"

"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.9 --hold 9999 >"$S/out" &
lost=$!
started $lost
within 5 authmap lookup 203.0.113.9
rm "$S/run/relay.gdbm"
sweep 2>/dev/null
within 5 authmap lookup 203.0.113.9
is $? 0 "after a lost map, a session brings its entry back"
ended $lost
unlike "$(cat "$S/d/log")" "Error|Fatal|Panic" "no errors in Dovecot's log"
done_testing
