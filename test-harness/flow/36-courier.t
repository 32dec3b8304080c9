#!/bin/sh
# Courier's servers, as Debian starts them, and the recipe that ships: each login
# over POP3 and IMAP is recorded, with TLS, too.
. "$(dirname "$0")/../lib/tap.sh"
. "$TOP/test-harness/lib/servers.sh"
. "$TOP/test-harness/lib/programs.sh"

"$TOP/test-harness/lib/unpack" courier courier-imap courier-pop courier-base \
	courier-authdaemon courier-authlib courier-authlib-userdb ||
	skip_all "Courier cannot be had"
authmap_conf "window = 4s"
sweep
cp "$TOP/conf.d/courier-authmap.sh" "$S/recipe"
programs_start courier "$TOP/test-harness/servers/courier" "$S"
for port in 110 143 993 995; do
	within 10 beside "$CLIENT" up 127.0.0.1 $port ||
		sed 's/^/# /' "$S/out" "$S/log"
done

story_passwords pop3 110
story_passwords imap 143
story_session imap 143
story_broken imap 143

authmap remove 203.0.113.10 >/dev/null
for tls in "pop3 995" "imap 993"; do
	# shellcheck disable=SC2086 # words are meant
	refused $tls --tls
	# shellcheck disable=SC2086 # words are meant
	login $tls 2001:db8::7 --tls >/dev/null
	is "$?, $(entries)" "0, 2001:db8::7 joe ${tls% *}" "  and a good one, with TLS"
	authmap remove 2001:db8::7 >/dev/null
done
done_testing
