#!/bin/sh
# SPDX-License-Identifier: ISC
# qmail's SMTP service: tcpserver, authmap relaylock, and mailfront's front end
# instead of qmail-smtpd.
. "$(dirname "$0")/../lib/tap.sh"
uses qmail

# Debian 13 has no mailfront.
for version in "" -ipv6; do
	SUITE=bookworm BARE=yes "$TOP/test-harness/programs/unpack" "qmail$version" \
		mailfront libbg2 libcvm1 liblua5.1-0 "ucspi-tcp$version" ||
		skip_all "mailfront cannot be had"
done
REFUSED="^550 5.1.0 Mail system is not configured to accept that recipient"

begin "socket = $SOCKET"
dovecot_start
responder_start "$CLOCKED"

qmail_start qmail-ipv6
nsenter -t "$mta" -m -r -w sh -c "mkdir -p /var/qmail/supervise/qmail-smtpd &&
	sed 's/smtpfront-echo/smtpfront-qmail/' $S/q/run >/var/qmail/supervise/qmail-smtpd/run"
like "$(check_inside)" \
	"^ok +mta +qmail runs authmap relaylock: /var/qmail/supervise/qmail-smtpd/run" \
	"authmap check reports that qmail asks"
story_probe qmail
story_login "$REFUSED"
like "$(cat "$S/q/log")" "^authmap: joe may relay from (::ffff:)?203.0.113.7$" \
	"the log names the user"
like "$(cat "$S/q/log")" "^authmap: joe may relay from 2001:db8::7$" \
	"  over IPv6, too"
story_expiry "$REFUSED"
client imap 127.0.0.1 "$IMAP_PROXY" --from 198.51.100.7 --user amy >/dev/null
story_outage "$REFUSED" "^250"
ended "$mta"

qmail_start qmail
like "$(relay 203.0.113.7)" "$REFUSED" "tcpserver without IPv6: refused"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 >/dev/null
like "$(relay 203.0.113.7)" "^250" "  and may relay after a login"
like "$(relay 203.0.113.99 joe@example.org)" "^250" \
	"  mail to this host is accepted"
like "$(cat "$S/q/log")" "^authmap: joe may relay from 203.0.113.7$" \
	"  the log names the user"
done_testing
