#!/bin/sh
# SPDX-License-Identifier: ISC
# A user of a real server logs in from too many addresses, or the map has too many
# entries:  the user notices nothing, and the log has one line.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

login() {
	client imap 127.0.0.1 "$IMAP_PROXY" --from "$1" --user "${2:-joe}"
}
addresses() {
	authmap list | cut -f 1 | tr '\n' ' '
}

# The limit of all entries.
begin "max_entries = 2"
dovecot_start
login 203.0.113.1 >/dev/null
login 203.0.113.2 amy >/dev/null
for i in 3 4; do
	like "$(login 203.0.113.$i bob)" "Logged in" \
		"the map is full: bob can log in"
done
is "$(addresses)" "203.0.113.1 203.0.113.2 " "  and is not recorded"
within 10 grep -q "Error" "$S/d/log"
is "$(grep -c "Error" "$S/d/log")" 1 "  the log has one line"
like "$(cat "$S/d/log")" "Error: authmap: refused 203.0.113.3 service=imap user=bob: max_entries = 2 is reached" \
	"  which gives the reason"
"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.5 --user bob \
	--hold 9999 >"$S/out" 2>&1 &
held=$!
started $held
within 20 grep -q "Logged in" "$S/out"
authmap_conf "max_entries = 9"
sleep 1.1
ended $held
within 20 authmap lookup 203.0.113.5
is $? 0 "  but when the session ends, if there is room then"
authmap remove 203.0.113.5 >/dev/null

# The limit of one user: a sweep removes the oldest entries.
authmap_conf "max_per_user = 3"
: >"$S/d/log"
for i in 11 12 13 14 15; do
	# Entries differ by at least a second.
	[ $i != 13 ] || sleep 1.1
	like "$(login 203.0.113.$i eve)" "Logged in" "eve logs in from 203.0.113.$i"
done
sweep 2>"$S/swept"
is "$(addresses)" "203.0.113.1 203.0.113.2 203.0.113.13 203.0.113.14 203.0.113.15 " \
	"the two oldest entries are removed, other users' are kept"
is "$(grep -c "removed 2 addresses of user=eve: max_per_user = 3 is reached" "$S/swept")" 1 \
	"the log has one line"
unlike "$(cat "$S/d/log")" "Error" "  and Dovecot has logged no error"
done_testing
