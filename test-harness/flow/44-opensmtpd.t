#!/bin/sh
# SPDX-License-Identifier: ISC
# OpenSMTPD asks table-authmap: the OpenSMTPD of Debian 13, then that of Debian 12,
# which has another protocol for tables.
. "$(dirname "$0")/../lib/tap.sh"
uses opensmtpd

for suite in trixie bookworm; do
	SUITE=$suite "$TOP/test-harness/programs/unpack" opensmtpd-$suite opensmtpd \
		libfaketime dash coreutils base-files grep libbsd0 ||
		skip_all "OpenSMTPD of $suite cannot be had"
done
ALONE=yes
export ALONE
REFUSED="^550 Invalid recipient"
WAIT="^451 Temporary failure"

# authmap check with OpenSMTPD's configuration in its place.
check_opensmtpd() {
	nsenter -t "$mta" -m -r cp "$S/o/smtpd.conf" /etc/smtpd.conf
	like "$(check_inside)" "^ok +mta +OpenSMTPD asks by table popauth" \
		"authmap check reports that OpenSMTPD asks"
	story_probe OpenSMTPD
}

# logged REGEX NAME: OpenSMTPD has logged a line like REGEX, perhaps after its reply.
logged() {
	within 10 grep -qE "$1" "$S/o/log"
	like "$(cat "$S/o/log")" "$1" "$2"
}

# story NAME: the OpenSMTPD that "unpack" has unpacked as NAME.
story() {
	sweep
	opensmtpd_start "$1" opensmtpd
	check_opensmtpd
	story_login "$REFUSED"
	logged "table-authmap\[$table\]: relaying for joe \[203.0.113.7\]" \
		"the log names the user"
	logged "table-authmap\[$table\]: relaying for joe \[2001:db8::7\]" \
		"  over IPv6, too"
	like "$(smtp_client smtp 127.0.0.1 "$SMTP" --from 198.51.100.7 --send)" \
		"^250 2.0.0.*Message accepted" "a mail is accepted"
	story_expiry "$REFUSED"

	head -c 20000 /dev/urandom >"$S/run/relay.gdbm"
	story_trouble "$WAIT" "^250" "the map is garbage"
	client imap 127.0.0.1 "$IMAP_PROXY" --from 198.51.100.7 >/dev/null
	like "$(relay 198.51.100.7)" "^250" "the next login replaces the map"
	logged "table-authmap.*relay.gdbm: cannot be read" \
		"the log has the error"
	chmod 0 "$S/run/relay.gdbm"
	story_trouble "$WAIT" "^250" "the map may not be read"
	chmod 660 "$S/run/relay.gdbm"
	mv "$S/run/relay.gdbm" "$S/away"
	story_trouble "$WAIT" "^250" "the map is missing"
	mv "$S/away" "$S/run/relay.gdbm"

	kill -STOP "$table"
	relay 198.51.100.7 >"$S/hung" &
	waiting=$!
	! within 1 test -s "$S/hung"
	ok $? "the table hangs: no reply"
	kill -CONT "$table"
	wait $waiting
	like "$(cat "$S/hung")" "^250" "  until it continues"
	kill -KILL "$table"
	like "$(relay 198.51.100.7)" "^failed" "the table is killed: no reply"
	within 10 gone "$mta"
	ok $? "  OpenSMTPD ends"
	wait "$mta"
	is $? 1 "  and exits with an error"
	rm "$S/run/relay.gdbm" "$S/hung"
}

authmap_conf "socket = $SOCKET"
dovecot_start
story opensmtpd-bookworm
story opensmtpd-trixie

# OpenSMTPD's user may not read the map, so the table asks the responder.
sweep
responder_start "$CLOCKED"
opensmtpd_start opensmtpd-trixie ""
check_opensmtpd
sed "/^include/i match from any for any reject" "$S/o/smtpd.conf" \
	>"$S/o/refusing.conf"
nsenter -t "$mta" -m -r cp "$S/o/refusing.conf" /etc/smtpd.conf
like "$(check_inside)" "^wrong +mta +OpenSMTPD rejects clients before .*match from any for any reject" \
	"  and that an earlier rule refuses all clients"
# finds LINES REGEX NAME: check finds this if LINES are in place of the recipe.
finds() {
	{ grep -v "^include" "$S/o/smtpd.conf"; printf '%b' "$1"; } >"$S/o/other.conf"
	nsenter -t "$mta" -m -r cp "$S/o/other.conf" /etc/smtpd.conf
	like "$(check_inside)" "$2" "$3"
}
finds "" "^warning +mta +OpenSMTPD is installed but not configured .*/opensmtpd-authmap.conf" \
	"  that no table is configured"
finds "table popauth authmap:$CONF\n" \
	"^wrong +mta +OpenSMTPD: no rule lets the clients in table popauth relay: follow .*/opensmtpd-authmap.conf" \
	"  that no rule asks the table"
finds 'match from any for any action "other"\n' "^wrong +mta +OpenSMTPD: .*other" \
	"  that the configuration has an error"
rule='match from src <popauth> for any action "relay"\n'
finds "table popauth authmap:/etc/other.conf\n$rule" \
	"^warning +mta +OpenSMTPD's table popauth reads another configuration, /etc/other.conf: run authmap -c /etc/other.conf check" \
	"  that the table reads another configuration"
in_mta mv /usr/libexec/opensmtpd/table-authmap /usr/libexec/opensmtpd/away
finds "table popauth authmap:$CONF\n$rule" \
	"^wrong +mta +OpenSMTPD: /usr/libexec/opensmtpd/table-authmap does not exist" \
	"  and that the table program is missing"
in_mta mv /usr/libexec/opensmtpd/away /usr/libexec/opensmtpd/table-authmap
story_login "$REFUSED"
logged "relaying for joe \[2001:db8::7\]" \
	"the log names the user"
story_expiry "$REFUSED"
story_outage "$WAIT" "^250"
done_testing
