#!/bin/sh
# SPDX-License-Identifier: ISC
# Debian's Postfix, whose smtpd runs in a chroot, asks the responder: a client
# without an entry is refused, a client that has just logged in may relay in the
# same second, and trouble lets no client relay.  Postfix, and so this scenario,
# waits for 100 seconds if the responder hangs.
. "$(dirname "$0")/../lib/tap.sh"
uses postfix

begin "socket = $SOCKET $POSTFIX_SPOOL/authmap/sock"
# The recipe, with the line that logs the user.
sed 's/^#   check_client_access/    check_client_access/' \
	"$TOP/conf.d/mta/postfix-authmap.cf" >"$S/recipe.cf"
postfix_start "$S/recipe.cf" || skip_all "Postfix cannot be unpacked here"
responder_start "$CLOCKED"
dovecot_start

story_login "^554 5.7.1 .*Relay access denied"
like "$(smtp_client smtp 127.0.0.1 "$SMTP" --from 198.51.100.7 --send)" \
	"queued as" "a mail is accepted"
within 10 grep -q "to=<someone@example.net>.*status=sent" "$S/p/log"
is $? 0 "  and sent"
like "$(cat "$S/p/log")" \
	"info: RCPT from unknown\[198.51.100.7\]: authmap: relaying for amy;" \
	"Postfix's log names the user"
unlike "$(grep 203.0.113.99 "$S/p/log")" "authmap:" "  and no user for other clients"
nsenter -t "$mta" -m -r mount --bind "$S/p/etc" /etc/postfix
story_check Postfix "2525/inet"
story_expiry "^554 5.7.1 .*Relay access denied"
unlike "$(cat "$S/p/log")" "warning:|: 451 " "until now no lookup failed"
story_outage "^451 4.3" "^250"
done_testing
