#!/bin/sh
# SPDX-License-Identifier: ISC
# Postfix's postmap asks the responder for keys in all forms, over a UNIX socket and
# over TCP: an address is found in every form, other text is not found, and trouble
# is an error.
. "$(dirname "$0")/../lib/tap.sh"
uses postfix

port=$(low_port)
begin "socket = $SOCKET inet:127.0.0.1:$port" \
	"static = 192.0.2.0/24 2001:db8:5::/48"
postfix_start || skip_all "Postfix cannot be unpacked here"
responder_start "$CLOCKED"
authmap record 203.0.113.7 joe imap
authmap record 2001:db8::7 "amy lee" imap

# ask KEY MAP: print the output of postmap in one line.
ask() {
	printf '%s' "$(postmap -q "$1" "socketmap:$server:$2" 2>&1)" | tr '\n' ' '
}

for server in "unix:$SOCKET" "inet:127.0.0.1:$port"; do
	echo "# $server"
	while read -r key; do
		is "$(ask "$key" popauth)" OK "$key may relay"
	done <<-EOF
	203.0.113.7
	::ffff:203.0.113.7
	::FFFF:203.0.113.7
	2001:db8::7
	2001:db8:0:0:0:0:0:7
	2001:0DB8:0000:0000:0000:0000:0000:0007
	[203.0.113.7]
	[2001:db8::7]
	IPv6:2001:db8::7
	ipv6:2001:db8:0:0:0:0:0:7
	[IPv6:2001:db8::7]
	192.0.2.9
	2001:db8:5::1
	EOF
	for key in 203.0.113.99 2001:db8::8 unknown client.example.com . - ' ' \
		'203.0.113.7 ' ' 203.0.113.7' '203.0.113.7 x' 203.0.113 \
		203.0.113.0/24 203.0.113.07 203.0.113.7%lo 2001:db8::7%lo \
		::203.0.113.7 '[2001:db8::7' '2001:db8::7]' IPv6: '*' joe; do
		is "$(ask "$key" popauth)" "" "\"$key\" may not"
	done
	is "$(ask 2001:db8::7 relay)" OK "the map is also called relay"
	# Trouble is an error for postmap, not just "not found".
	like "$(ask 203.0.113.7 nosuch)" "permanent error.* fatal: .*query error" \
		"an unknown table is an error"
	like "$(ask "$(printf %1500s . | tr ' ' 1)" popauth)" \
		"permanent error.* fatal: .*query error" "so is a key that is too long"
	is "$(ask 203.0.113.7 popauth)" OK "  which does not affect other clients"
done

server=unix:$SOCKET
is "$(ask 203.0.113.7 user)" joe "the user of an address"
is "$(ask '[2001:db8::7]' user)" 'amy\slee' \
	"  a user with a space in the name"
is "$(ask 203.0.113.99 user)" "" "  no user"
is "$(printf '%s\n' unknown 203.0.113.7 203.0.113.99 2001:db8::7 |
	postmap -q - "socketmap:$server:user")" \
	"$(printf '203.0.113.7\tjoe\n2001:db8::7\tamy\\slee')" \
	"many keys over one connection"
like "$(server=inet:127.0.0.1:$port; ask 203.0.113.7 user)" \
	"permanent error.* fatal: .*query error" "users are not returned over TCP"

clock +31m
is "$(ask 203.0.113.7 popauth)" "" "an expired entry is not found"
clock +0s
head -c 20000 /dev/urandom >"$S/garbage"
cp "$S/garbage" "$S/run/relay.gdbm"
like "$(ask 203.0.113.7 popauth)" "temporary error.* fatal: .*query error" \
	"a garbage map is an error"
rm "$S/run/relay.gdbm"
like "$(ask 203.0.113.7 popauth)" "temporary error.* fatal: .*query error" \
	"so is a missing map"
responder_stop
like "$(ask 203.0.113.7 popauth)" "connect to .* fatal: .*query error" \
	"so is a missing responder"
done_testing
