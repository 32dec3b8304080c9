#!/bin/sh
# SPDX-License-Identifier: ISC
# "authmap block" takes entries away, and keeps users, addresses and networks
# away, until their time is over or "authmap unblock".
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin "static = 198.51.100.0/24"
BLOCKS=$S/state/relay.blocks

users() {
	authmap list | cut -f 1,2 | tr '\t\n' ' ,'
}

authmap record 192.0.2.1 joe imap
authmap record 192.0.2.2 joe pop3
authmap record 192.0.2.3 amy imap
authmap record 2001:db8::5 "eve x" imap
is "$(authmap block joe | sort)" "removed 192.0.2.1 joe imap
removed 192.0.2.2 joe pop3" "a user is blocked: his entries are removed"
is "$(users)" "192.0.2.3 amy,2001:db8::5 eve\\sx," "  and no other's"
for user in joe JOE; do
	like "$(said authmap record 192.0.2.9 $user)" \
		"^1 authmap: 192.0.2.9: not recorded: .* is blocked" \
		"  $user is not recorded any more"
done
is "$(said authmap record 192.0.2.1 amy)" "0 " \
	"  but another user from the same address is"
authmap remove 192.0.2.1 >/dev/null

is "$(authmap block 2001:db8::/32)" "removed 2001:db8::5 eve\\sx imap" \
	"a network is blocked"
like "$(said authmap record 2001:db8:1::7 amy)" "^1 .* is blocked" \
	"  nobody is recorded from there"
is "$(said authmap record 2001:db9::7 amy)" "0 " "  but from elsewhere"
authmap remove 2001:db9::7 >/dev/null
is "$(authmap block 192.0.2.3)" "removed 192.0.2.3 amy imap" \
	"an address is blocked"
is "$(users)" "" "nobody is left"

is "$(said authmap lookup 198.51.100.7 | cut -c 1-14)" "0 198.51.100.7" \
	"who is static may relay"
authmap block 198.51.100.7
is "$(said authmap lookup 198.51.100.7)" "1 " "  but not when blocked"
is "$(said authmap lookup 198.51.100.8 | cut -c 1)" 0 "  his neighbour may"
authmap unblock 198.51.100.7

is "$(authmap blocks | cut -f 1,2,4)" "$(printf 'user\tjoe\t-
network\t2001:db8::/32\t-
network\t192.0.2.3\t-')" "blocks tells of each"
like "$(authmap --json blocks)" \
	'^\{"kind": "user", "what": "joe", "since": [0-9]+, "until": null\},$' \
	"  in JSON, too"

rm -r "$S/run"
sweep 2>/dev/null
like "$(said authmap record 192.0.2.9 joe)" "^1 .* is blocked" \
	"a lost map changes nothing"

is "$(said authmap unblock joe)" "0 " "unblock"
is "$(said authmap unblock joe)" "1 authmap: user joe: is not blocked" "  once"
is "$(said authmap record 192.0.2.9 joe)" "0 " "  he is recorded again"
is "$(authmap blocks | cut -f 2 | tr '\n' ' ')" "2001:db8::/32 192.0.2.3 " \
	"  and the others are still blocked"

# A network that was blocked by mistake, with users who were in the map.
authmap record 203.0.113.60 zoe imap
authmap record 203.0.113.61 zoe imap
sweep
is "$(authmap block 203.0.113.0/24 | wc -l)" 2 "a network is blocked by mistake"
is "$(said authmap unblock 203.0.113.0/24)" "0 " "  and is unblocked"
is "$(said authmap record 203.0.113.60 zoe imap)" "0 " "  a user logs in again"
sweep
rm -r "$S/run"
sweep 2>/dev/null
like "$(said authmap lookup 203.0.113.60)" "^0 203.0.113.60	zoe	imap" \
	"after a reboot, their entry is restored"
is "$(said authmap lookup 203.0.113.61)" "1 " \
	"  but not the one that the block took away"
authmap remove 203.0.113.60 >/dev/null 2>&1

"$CLOCKED" "$O/authmap" -c "$CONF" block bob --for 1h
like "$(said authmap record 192.0.2.10 bob)" "^1 .* is blocked" \
	"blocked for an hour"
left=$(authmap blocks | sed -n 's/^user	bob	[0-9]*	//p')
[ "$left" -gt 3300 ] && [ "$left" -le 3600 ]
is $? 0 "  as blocks tells"
clock +61m
is "$("$CLOCKED" "$O/authmap" -c "$CONF" blocks | grep -c bob)" 0 \
	"an hour later he is not"
is "$(said "$CLOCKED" "$O/authmap" -c "$CONF" record 192.0.2.10 bob)" "0 " \
	"  and is recorded again"
clock +0s
is "$(authmap block bob --for 2h)" "removed 192.0.2.10 bob -" "again, for two"
is "$(authmap blocks | grep -c bob)" 1 "  in place of the first"

# ----- bad input -------------------------------------------------------------

before=$(authmap blocks | cut -f 1-3)
is "$(said authmap block joe --for 30)" \
	"2 authmap: --for 30: has no unit: write 30s, 30m, 30h or 30d" \
	"a time without its unit blocks nobody"
for bad in 192.0.2.0/33 192.0.2.300 192.0.2.1/24 2001:db8::/129; do
	like "$(said authmap block $bad)" "^2 authmap: $bad: is no address, .*--user" \
		"$bad is no user's name"
done
like "$(said authmap block --user 192.0.2.300)" \
	"^0 authmap: note: user 192.0.2.300: blocked, but nobody" "  but with --user"
authmap unblock --user 192.0.2.300
like "$(said authmap block joe --for ever)" \
	"^2 authmap: --for ever: must be a time" "a time that is none"
like "$(said authmap block)" "^2 authmap: block and unblock want" "nobody"
like "$(said authmap block "")" "^2 authmap: : is no" "an empty name"
is "$(authmap blocks | cut -f 1-3)" "$before" "none of it changes what is blocked"
cp "$BLOCKS" "$S/good"

# Whatever happens to the file: nobody is granted anything, nothing is lost.
authmap record 192.0.2.77 joe imap
broken() {		# broken WHAT MESSAGE
	like "$(said authmap record 192.0.2.11 joe)" \
		"^2 authmap: 192.0.2.11 is not recorded: $BLOCKS$2" \
		"$1: nobody is recorded"
	like "$(said authmap lookup 192.0.2.77)" "^2 authmap: $BLOCKS$2" \
		"  nobody may relay"
	like "$(sweep 2>&1)" "$BLOCKS$2" "  the sweep says so"
	like "$(said authmap block eve)" "^2 authmap: $BLOCKS$2" \
		"  and so does block"
	rm -rf "$BLOCKS"
	cp "$S/good" "$BLOCKS"
	chmod 644 "$BLOCKS"
	is "$(said authmap lookup 192.0.2.77 | cut -c 1)" 0 "  mended"
}
for line in garbage "0000000000 0000000000 user" "1 2 user joe" \
	"0000000000 0000000000 network joe" "0000000000 0000000000 group joe" \
	"-000000001 0000000000 user joe" "0000000000 0000000000 user joe x"; do
	echo "$line" >>"$BLOCKS"
	broken "\"$line\"" ":[0-9]: is no block: remove the line"
done
printf '0000000000 0000000000 user j\0oe\n' >>"$BLOCKS"
broken "a NUL" ":[0-9]: is no block"
truncate -s 1G "$BLOCKS"
broken "a gigabyte" ": is too large"
rm "$BLOCKS"
mkfifo "$BLOCKS"
broken "a FIFO" ": is no plain file"
rm "$BLOCKS"
ln -s "$S/good" "$BLOCKS"
broken "a symbolic link" ": is no plain file"

# What is too much is not written.
size=$(stat -c %s "$BLOCKS")
yes "0000000000 1700000000 user nobody.$(printf '%0900d' 0)" |
	head -n $(((1048576 - size) / 935)) >>"$BLOCKS"
like "$(said authmap block --user "$(printf '%01000d' 0)")" \
	"^2 authmap: $BLOCKS: cannot be written: File too large" \
	"one too many is refused"
like "$(said authmap block --user "$(printf '%01000d' 0)")" "^2 .*too large" \
	"  the file is as it was"
cp "$S/good" "$BLOCKS"

# Another ipv6_prefix.
authmap block 2001:db9:1:2::5
echo "ipv6_prefix = 64" >>"$CONF"
like "$(said authmap record 2001:db9:1:2::9 amy)" "^1 .* is blocked" \
	"an address blocks the network that its key stands for"
is "$(said authmap unblock 2001:db9:1:2::5)" "0 " "  and is unblocked"
is "$(said authmap record 2001:db9:1:2::9 amy)" "0 " "  as it was blocked"

cp "$O/authmap" "$S/authmap"
# ----- who may not read what is blocked -----------------------------------------

authmap block 198.51.100.7
chmod 600 "$BLOCKS"
chown root "$BLOCKS"
for who in lookup record; do
	like "$(said setpriv --reuid "$MAP_USER" --regid "$MAP_GROUP" \
		--clear-groups "$S/authmap" -c "$CONF" $who 198.51.100.7)" \
		"^2 authmap: .*$BLOCKS: Permission denied" \
		"whoever should read it, but may not, lets in nobody: $who"
done
like "$(authmap check)" "^wrong +blocks +$BLOCKS cannot be read by group" \
	"  check says so"
chmod 640 "$BLOCKS"
chown "$MAP_USER" "$BLOCKS"
like "$(authmap check)" "^ok +blocks +[0-9]+ in force, in $BLOCKS" "  mended"

# ----- who asks without the right to read what is blocked ----------------------

authmap block 198.51.100.7
echo "map_mode = 0664" >>"$CONF"
sweep
authmap record 192.0.2.78 amy imap
stranger() {
	setpriv --reuid 1033 --regid 1033 --clear-groups "$S/authmap" \
		-c "$CONF" "$@"
}
is "$(said stranger lookup 192.0.2.78 | cut -c 1)" 0 \
	"who may only read the map sees who may relay"
authmap block amy >/dev/null
is "$(said stranger lookup 192.0.2.78)" "1 " "  and who no longer does"
done_testing
