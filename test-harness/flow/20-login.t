#!/bin/sh
# SPDX-License-Identifier: ISC
# A client logs in over IMAP or POP3, and its address is in the map before the
# client gets the reply.  A login with a wrong password is not recorded.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
dovecot_start

is "$(authmap list)" "" "the map is empty"
like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7)" "Logged in" \
	"IMAP login over the proxy"
like "$(authmap lookup 203.0.113.7)" "^203.0.113.7	joe	imap	" \
	"its address is in the map"
like "$(client pop3 127.0.0.1 "$POP3_PROXY" --from 2001:db8::7 --user amy)" \
	"Logged in" "POP3 login over IPv6"
like "$(authmap lookup 2001:db8:0::7)" "^2001:db8::7	amy	pop3	" \
	"its address is in the map"
like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from ::ffff:198.51.100.9)" \
	"Logged in" "login from a mapped address"
like "$(authmap lookup 198.51.100.9)" "^198.51.100.9	joe	imap	" \
	"it is in the map as an IPv4 address"

like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.8 --password no)" \
	"refused" "a wrong password is refused"
authmap lookup 203.0.113.8
is $? 1 "its address is not in the map"
like "$(client imap 127.0.0.1 "$IMAP")" "Logged in" "login from loopback"
like "$(client imap ::1 "$IMAP")" "Logged in" "login from loopback over IPv6"
is "$(authmap list | wc -l)" 3 "excluded networks are not recorded"

dovecot_logged "imap\(joe\).*authmap: granted 203.0.113.7 service=imap user=joe$" "the log names the user"
unlike "$(cat "$S/d/log")" "Error|Warning|Fatal|Panic" "no errors in the log"
done_testing
