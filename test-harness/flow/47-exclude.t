#!/bin/sh
# SPDX-License-Identifier: ISC
# An excluded address may never relay through a real Postfix: not by the login of a
# neighbour in its IPv6 network, not by "static", and not by an entry that a member
# of the group has forged.  A forged entry lasts no longer than the longest window.
. "$(dirname "$0")/../lib/tap.sh"
uses postfix

REFUSED="^554 5.7.1 .*Relay access denied"

# forge ADDRESS SECONDS: write an entry with gdbm, as a member of the group can.
forge() {
	at=$(date +%s)
	printf 'store "%s" "%010d %010d imap eve"\n' "$1" $((at + $2)) "$at" |
		setpriv --reuid "$MAP_USER" --regid "$MAP_GROUP" --clear-groups \
			gdbmtool "$S/run/relay.gdbm" >/dev/null
}
in_map() {
	gdbmtool -r "$S/run/relay.gdbm" list | sed -n "s/^$1 //p"
}

begin "socket = $SOCKET $POSTFIX_SPOOL/authmap/sock" \
	"ipv6_prefix = 64" "static = 203.0.113.64/28" \
	"exclude = 127.0.0.0/8 ::1 2001:db8:1:2::5 203.0.113.66 198.51.100.64/28"
postfix_start "$TOP/conf.d/mta/postfix-authmap.cf" || skip_all "Postfix cannot be unpacked here"
responder_start "$CLOCKED"
dovecot_start

# A neighbour in the network.
for from in 2001:db8:1:2::5 198.51.100.65; do
	client imap 127.0.0.1 "$IMAP_PROXY" --from $from >/dev/null
	like "$(relay $from)" "$REFUSED" "excluded $from logs in and is refused"
done
is "$(authmap list | wc -l)" 0 "  nothing is recorded"
client imap 127.0.0.1 "$IMAP_PROXY" --from 2001:db8:1:2::9 --user amy >/dev/null
like "$(relay 2001:db8:1:2::9)" "^250" "a neighbour logs in and may relay"
like "$(relay 2001:db8:1:2::5)" "$REFUSED" "  the excluded address may not"
authmap lookup 2001:db8:1:2::5
is $? 1 "  also by authmap lookup"
is "$(authmap list | cut -f 1,2)" "2001:db8:1:2::/64	amy" \
	"  the network is listed"

# static and exclude.
like "$(relay 203.0.113.67)" "^250" "a static address may relay"
like "$(relay 203.0.113.66)" "$REFUSED" "a static address that is excluded is refused"
like "$(authmap check)" \
	"^warning +static +203.0.113.64/28: a part of it may not relay" \
	"  check warns of it"

# Forged entries.
for address in 198.51.100.66 fe80::7; do
	forge $address 1800
	like "$(in_map $address)" " eve$" "$address is in the map"
	is "$(ask $address)" "NOTFOUND " "  and may not relay"
done
forge fe80::/64 1800
is "$(ask fe80::7)" "NOTFOUND " "  nor by its network"
like "$(relay 198.51.100.66)" "$REFUSED" "  nor for Postfix"
is "$(authmap list | wc -l)" 1 "  and is not listed"
forge 198.51.100.9 2592000
like "$(relay 198.51.100.9)" "^250" "an entry for a month"
clock +29m
like "$(relay 198.51.100.9)" "^250" "  is valid for a window"
clock +31m
like "$(relay 198.51.100.9)" "$REFUSED" "  and no longer"
clock +0s
sweep
is "$(in_map 198.51.100.66)$(in_map fe80::7)" "" \
	"a sweep removes excluded addresses"
is "$(in_map 198.51.100.9 | awk '{ print $1 - $2 }')" 1800 \
	"  and cuts entries that last too long"
unlike "$(cat "$S/state/relay.saved")" "198.51.100.6|fe80" \
	"no excluded address is saved"
like "$(cat "$S/state/relay.saved")" "^= 198.51.100.9 " "  the cut entry is"

# Exclude an address that is in the map already.
authmap record 203.0.113.9 joe imap
like "$(relay 203.0.113.9)" "^250" "an address relays"
sed -i 's/^exclude = /&203.0.113.9 2001:db8::\/32 /' "$CONF"
kill -HUP "$responder"
within 5 grep -q "authmap.conf: reloaded" "$S/responder.log"
for from in 203.0.113.9 2001:db8:1:2::9; do
	like "$(relay $from)" "$REFUSED" "$from may not when it is excluded"
done
rm -r "$S/run"
sweep 2>/dev/null
is "$(authmap list | cut -f 1)" "198.51.100.9" \
	"after a reboot, no excluded address is restored"
done_testing
