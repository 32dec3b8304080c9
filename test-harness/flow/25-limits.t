#!/bin/sh
# SPDX-License-Identifier: ISC
# A user of a real server logs in from more addresses than he may have, or there
# are too many entries in all: he notices nothing, and the log has one line.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

login() {
	client imap 127.0.0.1 "$IMAP_PROXY" --from "$1" --user "${2:-joe}"
}
addresses() {
	authmap list | cut -f 1 | tr '\n' ' '
}

# In all.
begin "max_entries = 2"
dovecot_start
login 203.0.113.1 >/dev/null
login 203.0.113.2 amy >/dev/null
for i in 3 4; do
	like "$(login 203.0.113.$i bob)" "Logged in" \
		"the map is full: bob logs in all the same"
done
is "$(addresses)" "203.0.113.1 203.0.113.2 " "  and is not recorded"
is "$(grep -c "Error" "$S/d/log")" 1 "  the log has one line"
like "$(cat "$S/d/log")" "Error: authmap: refused 203.0.113.3 service=imap user=bob: max_entries = 2 is reached" \
	"  which says so"

# Of one user: a sweep removes the oldest.
authmap_conf "max_per_user = 3"
: >"$S/d/log"
for i in 11 12 13 14 15; do
	# An entry is older than another by a second at least.
	[ $i != 13 ] || sleep 1.1
	like "$(login 203.0.113.$i eve)" "Logged in" "eve logs in from 203.0.113.$i"
done
sweep 2>"$S/swept"
is "$(addresses)" "203.0.113.1 203.0.113.2 203.0.113.13 203.0.113.14 203.0.113.15 " \
	"the first two are gone, other users' are there"
is "$(grep -c "removed 2 addresses of user=eve: max_per_user = 3 is reached" "$S/swept")" 1 \
	"the log has one line"
unlike "$(cat "$S/d/log")" "Error" "  and Dovecot's log no error"
done_testing
