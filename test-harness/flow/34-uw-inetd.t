#!/bin/sh
# SPDX-License-Identifier: ISC
# UW's servers under inetd and xinetd, with the files of conf.d.
. "$(dirname "$0")/../lib/tap.sh"
uses uw

recorded() {		# ENTRY CLIENT'S-ARGUMENTS
	entry=$1
	shift
	uw_client "$@" --bind "${entry%% *}" >/dev/null
	ok $? "$super: $*"
	like "$(entries)" "^$entry$" "  recorded: $entry"
}

authmap_conf
for super in inetd xinetd; do
	rm -rf "$S/run" "$S/state"
	sweep
	rm -f "$S/uw/syslog"
	uw_start $super || skip_all "$super or UW's servers cannot be had here"
	recorded "203.0.113.1 joe imap" imap 127.0.0.1 143
	recorded "203.0.113.2 joe imap" imap 127.0.0.1 993 --tls
	recorded "203.0.113.3 joe pop3" pop3 127.0.0.1 110
	recorded "2001:db8::1 joe imap" imap ::1 143
	recorded "2001:db8::2 joe imap" imap ::1 993 --tls
	recorded "2001:db8::3 joe pop3" pop3 ::1 110
	is "$(entries | wc -l)" 6 "no other login is"
	ended "$uw"
done
done_testing
