#!/bin/sh
# SPDX-License-Identifier: ISC
# A client that has just logged in to one of UW's servers may relay through Debian's
# Exim, for a window; other clients may not.
. "$(dirname "$0")/../lib/tap.sh"
uses exim uw

refused="^550 relay not permitted"

begin "socket = $SOCKET"
uw_start || skip_all "UW's servers cannot be built here: $(tail -n 1 "$S/uw.make")"
responder_start "$CLOCKED"
LIMIT=20
exim_stock_start || skip_all "Exim cannot be unpacked here"

# logs_in PROTOCOL SERVER PORT ADDRESS USER
logs_in() {
	like "$(relay "$4")" "$refused" "$4 is refused"
	uw_client "$1" "$2" "$3" --bind "$4" --user "$5" --password no >/dev/null
	like "$(relay "$4")" "$refused" "  and after a wrong password"
	uw_client "$1" "$2" "$3" --bind "$4" --user "$5" >/dev/null
	like "$(relay "$4")" "^250" "  and relays after a login over $1"
	like "$(cat "$S/exim/log/mainlog")" "authmap: relaying for $5 \[$4\]$" \
		"  as user $5"
}
logs_in imap 127.0.0.1 143 203.0.113.7 joe
logs_in imap 127.0.0.1 1143 203.0.113.8 amy
logs_in imap ::1 143 2001:db8::7 joe
logs_in pop3 127.0.0.1 110 198.51.100.7 amy
uw_client imap 127.0.0.1 143 --bind 203.0.113.9 --auth ANONYMOUS >/dev/null
like "$(relay 203.0.113.9)" "$refused" "an anonymous login grants nothing"
like "$(relay 203.0.113.99)" "$refused" "nor may other addresses relay"
story_expiry "$refused"
done_testing
