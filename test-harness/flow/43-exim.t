#!/bin/sh
# SPDX-License-Identifier: ISC
# Debian's Exim, with Debian's configuration, asks the responder: a client that has
# just logged in may relay, up to a limit for each user, and the log names the user.
# Without the responder no client may relay, but mail for this host is accepted.
. "$(dirname "$0")/../lib/tap.sh"
uses exim

refused="^550 relay not permitted"
trouble="^451 Relay authorisation map unavailable, try later"

begin "socket = $SOCKET"
dovecot_start
responder_start "$CLOCKED"
LIMIT=20
exim_stock_start || skip_all "Exim cannot be unpacked here"

story_login "$refused"
for who in "joe \[203.0.113.7\]" "joe \[2001:db8::7\]" "amy \[198.51.100.7\]"; do
	like "$(cat "$S/exim/log/mainlog")" "authmap: relaying for $who$" \
		"the log names the user"
done
like "$(smtp_client smtp 127.0.0.1 "$SMTP" --from 198.51.100.7 --send)" \
	"OK id=" "a mail is accepted"
like "$(relay 198.51.100.7 'me%example.com@example.net')" \
	"^550 restricted characters" "Debian's other checks still run"
like "$(relay 203.0.113.99 nobody-there@example.org)" "^550 Unrouteable" \
	"  also for clients without an entry"
like "$(relay 127.0.0.1)" "^250" "this host itself may relay"

story_check Exim /etc/exim4/authmap.conf
story_in_use Exim
story_expiry "$refused"
story_outage "$trouble" "^250"

story_limit

responder_stop
like "$(relay 127.0.0.1)" "^250" "this host may relay without the responder"
done_testing
