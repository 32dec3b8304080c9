#!/bin/sh
# SPDX-License-Identifier: ISC
# An excluded address never relays, asked by a real Postfix: neither by the login
# of a neighbour in its IPv6 network, nor by "static", nor by what a member of
# the group has written into the map.  Nor does that last longer than any window.
. "$(dirname "$0")/../lib/tap.sh"
uses postfix

REFUSED="^554 5.7.1 .*Relay access denied"

# forge ADDRESS SECONDS: as a member of the group can, with gdbm itself.
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
	like "$(relay $from)" "$REFUSED" "excluded $from logs in: refused"
done
is "$(authmap list | wc -l)" 0 "  nothing is recorded"
client imap 127.0.0.1 "$IMAP_PROXY" --from 2001:db8:1:2::9 --user amy >/dev/null
like "$(relay 2001:db8:1:2::9)" "^250" "a neighbour logs in, and relays"
like "$(relay 2001:db8:1:2::5)" "$REFUSED" "  the excluded address does not"
authmap lookup 2001:db8:1:2::5
is $? 1 "  as the tool says"
is "$(authmap list | cut -f 1,2)" "2001:db8:1:2::/64	amy" \
	"  who may is listed"

# static and exclude.
like "$(relay 203.0.113.67)" "^250" "static: relays"
like "$(relay 203.0.113.66)" "$REFUSED" "static and excluded: refused"
like "$(authmap check)" \
	"^warning +static +203.0.113.64/28: not all of it may relay" \
	"  check warns of it"

# What somebody has written.
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
like "$(relay 198.51.100.9)" "^250" "  counts for a window"
clock +31m
like "$(relay 198.51.100.9)" "$REFUSED" "  and no longer"
clock +0s
sweep
is "$(in_map 198.51.100.66)$(in_map fe80::7)" "" \
	"a sweep removes what is excluded"
is "$(in_map 198.51.100.9 | awk '{ print $1 - $2 }')" 1800 \
	"  and cuts what lasts too long"
unlike "$(cat "$S/state/relay.saved")" "198.51.100.6|fe80" \
	"nothing excluded is saved"
like "$(cat "$S/state/relay.saved")" "^= 198.51.100.9 " "  what is cut is"

# A longer list of excluded addresses, when the map is there already.
authmap record 203.0.113.9 joe imap
like "$(relay 203.0.113.9)" "^250" "an address relays"
sed -i 's/^exclude = /&203.0.113.9 2001:db8::\/32 /' "$CONF"
kill -HUP "$responder"
within 5 grep -q "authmap.conf: reloaded" "$S/responder.log"
for from in 203.0.113.9 2001:db8:1:2::9; do
	like "$(relay $from)" "$REFUSED" "$from does not when it is excluded"
done
rm -r "$S/run"
sweep 2>/dev/null
is "$(authmap list | cut -f 1)" "198.51.100.9" \
	"after a reboot, nothing excluded is restored"
done_testing
