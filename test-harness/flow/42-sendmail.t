#!/bin/sh
# SPDX-License-Identifier: ISC
# Debian's sendmail asks the responder: a client that has just logged in may relay,
# and the log names the user.  Without the responder no client may relay, but mail
# for this host is accepted.
. "$(dirname "$0")/../lib/tap.sh"
uses sendmail

refused="^550 5\.7\.1 .*Relaying denied"
trouble="^451 4\.3\.0 "

begin "socket = $SOCKET"
dovecot_start
responder_start "$CLOCKED"
sendmail_start || skip_all "sendmail cannot be unpacked here"

story_login "$refused"
for who in "joe \[203.0.113.7\]" "joe \[IPv6:2001:db8:0:0:0:0:0:7\]" \
	"amy \[198.51.100.7\]"; do
	within 10 grep -q "authmap: relaying for $who$" "$S/sendmail/log"
	like "$(cat "$S/sendmail/log")" "authmap: relaying for $who$" \
		"the log names the user"
done
smtp_client smtp 127.0.0.1 "$SMTP" --from 198.51.100.7 --send >/dev/null
within 10 grep -q "to=<someone@example.net>" "$S/sendmail/log"
id=$(sed -n 's/.* \([^ ]*\): to=<someone@example.net>.*/\1/p' "$S/sendmail/log")
like "$(cat "$S/sendmail/log")" "${id:-unknown}: authmap: relaying for amy " \
	"  with the queue ID of the mail"
like "$(relay 203.0.113.99 'joe%example.net@example.org')" "$refused" \
	"a client cannot relay through an address of this host"
like "$(relay 127.0.0.1)" "^250" "this host itself may relay"

# The responder is restarted during an SMTP session.
mkfifo "$S/steps"
smtp_client smtp 127.0.0.1 "$SMTP" --from 198.51.100.7 --step \
	<"$S/steps" >"$S/session" &
session=$!
started $session
exec 3>"$S/steps"
within 10 grep -q "^250" "$S/session"
responder_stop
responder_start "$CLOCKED" 3>&-
echo "again" >&3
echo "and again" >&3
exec 3>&-
wait $session
is "$(cut -c1-3 "$S/session" | tr '\n' ' ')" "250 451 250 " \
	"an SMTP session that outlives the responder has to try later once"

# A user that may write to the socket's folder could put a false responder there.
chmod g+w "$S/socketmap"
like "$(relay 198.51.100.7)" "$trouble" \
	"a socket in a group-writable folder is not used"
chmod g-w "$S/socketmap"

story_check sendmail /etc/mail/sendmail.cf
story_in_use sendmail
in_mta mv /usr/libexec/sendmail/sendmail /usr/sbin/sendmail.sendmail
like "$(in_mta "$TOP/maps/tool/still-needed" mta 2>&1)" "^sendmail: .*authmap" \
	"  also where its program has Fedora's name"
in_mta mv /usr/sbin/sendmail.sendmail /usr/libexec/sendmail/sendmail
nsenter -t "$mta" -m -r cp /etc/mail/sendmail.cf "$S/good.cf"
grep -v '^Kpop' "$S/good.cf" >"$S/old.cf"
nsenter -t "$mta" -m -r cp "$S/old.cf" /etc/mail/sendmail.cf
like "$(check_inside)" "^warning +mta +sendmail is installed but not configured .*/sendmail-authmap.mc" \
	"authmap check finds a sendmail.cf that does not ask"
nsenter -t "$mta" -m -r cp "$S/sendmail/sendmail.mc" /etc/mail/sendmail.mc
like "$(check_inside)" "^wrong +mta +sendmail: .*sendmailconfig" \
	"  and one that is older than the change of sendmail.mc"
sed '/^SLocal_check_rcpt/,/^S[^L]/{/^R/d}' "$S/good.cf" >"$S/old.cf"
nsenter -t "$mta" -m -r cp "$S/old.cf" /etc/mail/sendmail.cf
like "$(check_inside)" "^wrong +mta +sendmail: the ruleset Local_check_rcpt has no rule, so the map popauth is not asked: follow .*/sendmail-authmap.mc" \
	"  and one whose ruleset does not ask"
nsenter -t "$mta" -m -r cp "$S/good.cf" /etc/mail/sendmail.cf
like "$(check_inside)" "^warning +mta +sendmail: /etc/mail/sendmail.cf was changed after the daemon had read it: " \
	"  and one that the daemon has not read"
story_expiry "$refused"
story_outage "$trouble" "^250"
responder_stop
like "$(relay 127.0.0.1)" "^250" "this host may relay without the responder"
done_testing
