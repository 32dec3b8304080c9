#!/bin/sh
# SPDX-License-Identifier: ISC
# Courier's servers, as Debian starts them, with the recipe of conf.d: each login
# over POP3 and IMAP is recorded, also with TLS.
. "$(dirname "$0")/../lib/tap.sh"
uses programs

"$TOP/test-harness/programs/unpack" courier courier-imap courier-pop courier-base \
	courier-authdaemon courier-authlib courier-authlib-userdb ||
	skip_all "Courier cannot be had"
begin "window = 30m"
cp "$TOP/conf.d/imap/courier-authmap.sh" "$S/recipe"
programs_start courier "$TOP/test-harness/servers/courier" "$S"
for port in 110 143 993 995; do
	within 10 beside "$CLIENT" up 127.0.0.1 $port ||
		sed 's/^/# /' "$S/out" "$S/log"
done

story_passwords pop3 110
story_passwords imap 143
story_users imap 143
story_session imap 143
story_broken imap 143

authmap remove 203.0.113.10 >/dev/null
tls_login() {		# tls_login KIND PORT OPTION
	login "$1" "$2" 2001:db8::7 "$3" >/dev/null
	is "$?, $(entries)" "0, 2001:db8::7 joe $1" "  and a good one, with $3"
	authmap remove 2001:db8::7 >/dev/null
}
refused imap 993 --tls
tls_login imap 993 --tls
tls_login pop3 995 --tls
tls_login imap 143 --starttls
tls_login pop3 110 --starttls
within 5 no_keepers
is $? 0 "  no process is left"
done_testing
