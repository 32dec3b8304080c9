#!/bin/sh
# SPDX-License-Identifier: ISC
# authmap check reads the configuration of Debian's Exim: it finds a macro in a file
# that Exim does not read, and an ACL that comes too late.
. "$(dirname "$0")/../lib/tap.sh"
uses exim

begin "socket = $SOCKET"
responder_start
LIMIT=20
exim_stock_start || skip_all "Exim cannot be unpacked here"
authmap record 203.0.113.7 joe imap

# macro FILE [NAME]: put the recipe's macro NAME into FILE, and nowhere else.
macro() {
	in_mta rm -f /etc/exim4/exim4.conf.localmacros \
		/etc/exim4/conf.d/main/000_localmacros
	[ -z "$1" ] || in_mta sh -c \
		"echo '${2:-MAIN_ACL_CHECK_RCPT} = /etc/exim4/authmap.conf' >'$1'"
	in_mta update-exim4.conf
	kill -HUP "$mta"
}

lets_relay 203.0.113.7
ok $? "a client in the map may relay"
like "$(check_inside)" "^ok +mta +Exim asks at $SOCKET \\(/etc/exim4/authmap.conf" \
	"check reports it"
story_probe Exim

macro /etc/exim4/conf.d/main/000_localmacros
within 10 refuses 203.0.113.7
ok $? "the macro is in a file of the split configuration: no client may relay"
like "$(check_inside)" "^wrong +mta +Exim does not use .*: /etc/exim4/conf.d/main/000_localmacros, .* is not read: set it in /etc/exim4/exim4.conf.localmacros, then update-exim4.conf" \
	"  check reports it, and the right file"
like "$(check_inside --probe 203.0.113.77)" "^wrong +probe +Exim does not let .*550" \
	"  and so does a probe"

macro ""
like "$(check_inside)" "^wrong +mta +Exim does not use .*: write MAIN_ACL_CHECK_RCPT = /etc/exim4/authmap.conf into /etc/exim4/exim4.conf.localmacros" \
	"the macro is missing"
in_mta sh -c "echo 'MAIN_ACL_CHECK_RCPT = /etc/exim4/authmap.conf' >/etc/exim4/exim4.conf.localmacros"
like "$(check_inside)" "^wrong +mta +Exim does not use .* yet: update-exim4.conf" \
	"  it exists, but update-exim4.conf was not run"

macro /etc/exim4/exim4.conf.localmacros CHECK_RCPT_LOCAL_ACL_FILE
within 10 refuses 203.0.113.7
ok $? "a macro whose ACL comes too late: no client may relay"
like "$(check_inside)" "^wrong +mta +Exim refuses .* before it asks" \
	"  check reports it"
like "$(check_inside --probe 203.0.113.77)" "^wrong +probe +Exim does not let .*550" \
	"  and so does a probe"

macro /etc/exim4/exim4.conf.localmacros
within 10 lets_relay 203.0.113.7
ok $? "with the first configuration, a client may relay"
unlike "$(check_inside)" "^wrong +mta" "  check reports no error"
# shellcheck disable=SC2016 # Exim's own
echo 'accept  condition = ${lookup{$sender_host_address}dbmnz{'"$S/run/relay.gdbm}{yes}{no}}" |
	in_mta tee /etc/exim4/authmap.conf >"$S/out"
like "$(relay 203.0.113.7)" "^451" "this Exim cannot read a map of gdbm"
like "$(check_inside)" "^wrong +mta +Exim reads $S/run/relay.gdbm itself, but was built with Berkeley DB" \
	"  check reports it"
in_mta rm /etc/exim4/authmap.conf
like "$(check_inside)" "^wrong +mta +Exim: acl_smtp_rcpt is /etc/exim4/authmap.conf, which cannot be read" \
	"the file is missing"
done_testing
