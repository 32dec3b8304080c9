#!/bin/sh
# SPDX-License-Identifier: ISC
# authmap check follows Debian's Exim as it is configured: a macro in a file that
# is not read, or an ACL that comes too late, is found.
. "$(dirname "$0")/../lib/tap.sh"
uses exim

authmap_conf "socket = $SOCKET"
sweep
responder_start
LIMIT=20
exim_stock_start || skip_all "Exim cannot be unpacked here"
authmap record 203.0.113.7 joe imap

inside() {
	nsenter -t "$mta" -m -r -w "$@"
}
# macro FILE [NAME]: that one alone has the macro NAME of the recipe.
macro() {
	inside rm -f /etc/exim4/exim4.conf.localmacros \
		/etc/exim4/conf.d/main/000_localmacros
	[ -z "$1" ] || inside sh -c \
		"echo '${2:-MAIN_ACL_CHECK_RCPT} = /etc/exim4/authmap.conf' >'$1'"
	inside update-exim4.conf
	kill -HUP "$mta"
}
relays() {
	relay 203.0.113.7 | grep -q '^250'
}
refused() {
	relay 203.0.113.7 | grep -q '^550'
}

relays
ok $? "a client in the map may relay"
like "$(check_inside)" "^ok +mta +Exim asks at $SOCKET \\(/etc/exim4/authmap.conf" \
	"check says so"
story_probe Exim

macro /etc/exim4/conf.d/main/000_localmacros
within 10 refused
ok $? "the macro is in a file of the split configuration: nobody may relay"
like "$(check_inside)" "^wrong +mta +Exim does not use .*: /etc/exim4/conf.d/main/000_localmacros, .* is not read: set it in /etc/exim4/exim4.conf.localmacros, then update-exim4.conf" \
	"  check says so, and where it belongs"
like "$(check_inside --probe 203.0.113.77)" "^wrong +probe +Exim does not let .*550" \
	"  and so does a probe"

macro ""
like "$(check_inside)" "^wrong +mta +Exim does not use .*: write MAIN_ACL_CHECK_RCPT = /etc/exim4/authmap.conf into /etc/exim4/exim4.conf.localmacros" \
	"the macro was forgotten"
inside sh -c "echo 'MAIN_ACL_CHECK_RCPT = /etc/exim4/authmap.conf' >/etc/exim4/exim4.conf.localmacros"
like "$(check_inside)" "^wrong +mta +Exim does not use .* yet: update-exim4.conf" \
	"  it is there, but update-exim4.conf was not run"

macro /etc/exim4/exim4.conf.localmacros CHECK_RCPT_LOCAL_ACL_FILE
within 10 refused
ok $? "a macro whose ACL comes too late: nobody may relay"
like "$(check_inside)" "^wrong +mta +Exim refuses .* before it asks" \
	"  check says so"
like "$(check_inside --probe 203.0.113.77)" "^wrong +probe +Exim does not let .*550" \
	"  and so does a probe"

macro /etc/exim4/exim4.conf.localmacros
within 10 relays
ok $? "all as it was: a client may relay"
unlike "$(check_inside)" "^wrong +mta" "  check is content"
inside rm /etc/exim4/authmap.conf
like "$(check_inside)" "^wrong +mta +Exim: acl_smtp_rcpt is /etc/exim4/authmap.conf, which cannot be read" \
	"the file is missing"
done_testing
