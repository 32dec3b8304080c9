#!/bin/sh
# SPDX-License-Identifier: ISC
# The map as a reputation signal: Postfix, in postscreen or in smtpd, and Exim
# accept mail from a listed address if a user has just logged in from it.  This does
# not open the relay, and an outage has the effects that the recipe names.
. "$(dirname "$0")/../lib/tap.sh"
uses postfix exim

"$TOP/test-harness/programs/unpack" dnsmasq dnsmasq-base ||
	skip_all "dnsmasq cannot be unpacked here"

# dnsbl_start: the name server of the MTA's namespace, which lists three.
dnsbl_start() {
	rm -f "$S/dnsmasq.log"
	unpacked=$CACHE/unpacked/dnsmasq zone=zen.spamhaus.org
	v6=7$(printf '%023d' 0 | sed 's/0/.0/g').8.b.d.0.1.0.0.2
	set -- --local=/$zone/
	for listed in 7.113.0.203 7.100.51.198 "$v6"; do
		set -- "$@" "--host-record=$listed.$zone,127.0.0.10"
	done
	nsenter -t "$mta" -n \
		env LD_LIBRARY_PATH="$(echo "$unpacked"/usr/lib/*-linux-gnu)" \
		"$unpacked/usr/sbin/dnsmasq" --keep-in-foreground --user=nobody \
		--conf-file=/dev/null --pid-file= --no-hosts --no-resolv \
		--log-queries --log-facility="$S/dnsmasq.log" "$@" &
	dnsbl=$!
	started $dnsbl
	within 10 grep -q "cleared cache" "$S/dnsmasq.log"
}

# deliver ADDRESS: print the reply to RCPT of a mail to this host.
deliver() {
	relay "$1" joe@example.org
}

# story_listed REFUSED: a listed client is refused until it has logged in.
story_listed() {
	like "$(deliver 203.0.113.8)" "^250" "mail of a client that is not listed is accepted"
	for address in 203.0.113.7 2001:db8::7; do
		like "$(deliver $address)" "$1" "$address is listed"
		authmap record $address joe imap
		like "$(deliver $address)" "^250" "  and its mail is accepted after a login"
		like "$(relay $address)" "^250" "  and may relay"
	done
	like "$(deliver 198.51.100.7)" "$1" "other listed clients are refused"
	clock +31m
	like "$(deliver 203.0.113.7)" "$1" "and so is this one after the window"
	clock +0s
}

# story_down REFUSED: without the responder, the blocklists decide.
story_down() {
	responder_stop
	like "$(deliver 203.0.113.8)" "^250" \
		"the responder is down: mail of a client that is not listed is accepted"
	like "$(deliver 203.0.113.7)" "$1" "  a listed client is refused"
	like "$(relay 203.0.113.8)" "^451" "  and no client may relay"
}

# mta_begin MTA_START ...: start the MTA and all servers that it needs.
mta_begin() {
	"$@" || return 1
	dnsbl_start
	responder_start "$CLOCKED"
}

end() {
	authmap remove --user joe >/dev/null
	ended "$responder" "$dnsbl" "$mta"
}

recipe=$TOP/conf.d/signal/postfix-signal.cf
relaying=$TOP/conf.d/mta/postfix-authmap.cf
blocked="^5.*blocked using zen.spamhaus.org"
begin "socket = $SOCKET $POSTFIX_SPOOL/authmap/sock"

echo "# postscreen"
mta_begin postfix_start "$relaying" "$recipe" ||
	skip_all "Postfix cannot be unpacked here"
SMTP=$POSTSCREEN
story_listed "$blocked"
story_down "$blocked"
end

echo "# smtpd"
sed -n '/^#	smtpd_client/,/^#$/s/^#	//p' "$recipe" >"$S/smtpd.cf"
mta_begin postfix_start "$relaying" "$S/smtpd.cf"
story_listed "$blocked"
responder_stop
for address in 203.0.113.7 203.0.113.8; do
	like "$(deliver $address)" "^451" "the responder is down: $address has to try later"
done
end

echo "# the OK does not open the relay"
grep -v check_client_access "$relaying" >"$S/closed.cf"
mta_begin postfix_start "$S/closed.cf" "$S/smtpd.cf"
authmap record 203.0.113.7 joe imap
like "$(deliver 203.0.113.7)" "^250" "mail of a client that has logged in is accepted"
like "$(relay 203.0.113.7)" "^554 5.7.1 .*Relay access denied" \
	"  but it may not relay by that alone"
end

echo "# Exim"
mkdir -p "$S/exim"
sed "s,/run/authmap-socketmapd/sock,$SOCKET," "$TOP/conf.d/signal/exim-signal.conf" \
	>"$S/exim/authmap-signal.conf"
LIMIT=100
mta_begin exim_stock_start
listed="^550 .* is listed by zen.spamhaus.org"
story_listed "$listed"
kill -STOP "$responder"
like "$(deliver 203.0.113.7)" "$listed" \
	"the responder hangs: a listed client is refused"
kill -CONT "$responder"
story_down "$listed"
end
done_testing
