#!/bin/sh
# SPDX-License-Identifier: ISC
# "authmap block" removes entries, and blocks users, addresses and networks until the
# block expires or is lifted by "authmap unblock".
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
removed 192.0.2.2 joe pop3" "a user is blocked, and the user's entries are removed"
is "$(users)" "192.0.2.3 amy,2001:db8::5 eve\\sx," "  and no other user's"
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
	"  no login from there is recorded"
is "$(said authmap record 2001:db9::7 amy)" "0 " "  but one from another network is"
authmap remove 2001:db9::7 >/dev/null
is "$(authmap block 192.0.2.3)" "removed 192.0.2.3 amy imap" \
	"an address is blocked"
is "$(users)" "" "no entry is left"

is "$(said authmap lookup 198.51.100.7 | cut -c 1-14)" "0 198.51.100.7" \
	"a static address may relay"
authmap block 198.51.100.7
is "$(said authmap lookup 198.51.100.7)" "1 " "  but not if it is blocked"
is "$(said authmap lookup 198.51.100.8 | cut -c 1)" 0 "  its neighbour may"
authmap unblock 198.51.100.7

is "$(authmap blocks | cut -f 1,2,4)" "$(printf 'user\tjoe\t-
network\t2001:db8::/32\t-
network\t192.0.2.3\t-')" "blocks lists each"
like "$(authmap --json blocks)" \
	'^\{"kind": "user", "what": "joe", "since": [0-9]+, "until": null\},$' \
	"  in JSON, too"

rm -r "$S/run"
sweep 2>/dev/null
like "$(said authmap record 192.0.2.9 joe)" "^1 .* is blocked" \
	"without the map, blocks are kept"

is "$(said authmap unblock joe)" "0 " "unblock"
is "$(said authmap unblock joe)" "1 authmap: user joe: is not blocked" "  once"
is "$(said authmap record 192.0.2.9 joe)" "0 " "  the user is recorded again"
is "$(authmap blocks | cut -f 2 | tr '\n' ' ')" "2001:db8::/32 192.0.2.3 " \
	"  and the other blocks stay"

# A network with entries in the map is blocked by mistake.
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
	"  but not the one that the block removed"
authmap remove 203.0.113.60 >/dev/null 2>&1

# The block is lifted, and the user logs in, while the sweep asks libgdbm about the
# new file.
if [ -n "$AUTHMAP_JUDGE" ]; then
	cp "$O/authmap" "$S/authmap"
	cat >"$S/judge" <<-EOF
	#!/bin/sh
	sleep 1
	{
		"$S/authmap" -c "$CONF" unblock zoe
		"$S/authmap" -c "$CONF" record 203.0.113.62 zoe imap
	} </dev/null >"$S/said" 2>&1
	exec "$AUTHMAP_JUDGE"
	EOF
	chmod 755 "$S/judge"
	: >"$S/said"
	chmod 666 "$S/said"
	authmap record 203.0.113.61 zoe imap
	is "$(AUTHMAP_JUDGE=$S/judge authmap block zoe), $(cat "$S/said")" \
		"removed 203.0.113.61 zoe imap, " \
		"a block is lifted before its sweep has ended"
	is "$(users | tr ',' '\n' | grep zoe)" "203.0.113.62 zoe" \
		"  the login after that may relay"
	authmap remove 203.0.113.62 >/dev/null
fi

"$CLOCKED" "$O/authmap" -c "$CONF" block bob --for 1h
like "$(said authmap record 192.0.2.10 bob)" "^1 .* is blocked" \
	"blocked for an hour"
left=$(authmap blocks | sed -n 's/^user	bob	[0-9]*	//p')
[ "$left" -gt 3300 ] && [ "$left" -le 3600 ]
is $? 0 "  as blocks shows"
clock +61m
is "$("$CLOCKED" "$O/authmap" -c "$CONF" blocks | grep -c bob)" 0 \
	"an hour later, the user is not blocked"
is "$(said "$CLOCKED" "$O/authmap" -c "$CONF" record 192.0.2.10 bob)" "0 " \
	"  and is recorded again"
clock +0s
is "$(authmap block bob --for 2h)" "removed 192.0.2.10 bob -" "blocked again, for two hours"
is "$(authmap blocks | grep -c bob)" 1 "  which replaces the first block"

# ----- bad input -------------------------------------------------------------

before=$(authmap blocks | cut -f 1-3)
is "$(said authmap block joe --for 30)" \
	"2 authmap: --for 30: has no unit: write 30s, 30m, 30h or 30d" \
	"a time without a unit is refused"
for bad in 192.0.2.0/33 192.0.2.300 192.0.2.1/24 2001:db8::/129; do
	like "$(said authmap block $bad)" "^2 authmap: $bad: is not an address, .*--user" \
		"$bad is no user's name"
done
like "$(said authmap block --user 192.0.2.300)" \
	"^0 authmap: note: user 192.0.2.300: is blocked, but has no" "  but with --user"
authmap unblock --user 192.0.2.300
like "$(said authmap block joe --for ever)" \
	"^2 authmap: --for ever: must be a time" "a text that is no time"
like "$(said authmap block)" "^2 authmap: block and unblock need" "nobody"
like "$(said authmap block "")" "^2 authmap: : is no" "an empty name"
is "$(authmap blocks | cut -f 1-3)" "$before" "none of it changes what is blocked"
cp "$BLOCKS" "$S/good"

# With a damaged block list, no login is granted, and no entry is lost.
authmap record 192.0.2.77 joe imap
broken() {		# broken WHAT MESSAGE
	like "$(said authmap record 192.0.2.11 joe)" \
		"^2 authmap: 192.0.2.11 is not recorded: $BLOCKS$2" \
		"$1: no login is recorded"
	like "$(said authmap lookup 192.0.2.77)" "^2 authmap: $BLOCKS$2" \
		"  no address may relay"
	like "$(sweep 2>&1)" "$BLOCKS$2" "  the sweep reports it"
	like "$(said authmap block eve)" "^2 authmap: $BLOCKS$2" \
		"  and so does block"
	rm -rf "$BLOCKS"
	cp "$S/good" "$BLOCKS"
	chmod 644 "$BLOCKS"
	is "$(said authmap lookup 192.0.2.77 | cut -c 1)" 0 "  works again after the correction"
}
for line in garbage "0000000000 0000000000 user" "1 2 user joe" \
	"0000000000 0000000000 network joe" "0000000000 0000000000 group joe" \
	"-000000001 0000000000 user joe" "0000000000 0000000000 user joe x"; do
	echo "$line" >>"$BLOCKS"
	broken "\"$line\"" ":[0-9]: is not a block: remove the line"
done
printf '0000000000 0000000000 user j\0oe\n' >>"$BLOCKS"
broken "a NUL" ":[0-9]: is not a block"
truncate -s 1G "$BLOCKS"
broken "a gigabyte" ": is too large"
rm "$BLOCKS"
mkfifo "$BLOCKS"
broken "a FIFO" ": is not a regular file"
rm "$BLOCKS"
ln -s "$S/good" "$BLOCKS"
broken "a symbolic link" ": is not a regular file"

# A block list that would be too large is not written.
size=$(stat -c %s "$BLOCKS")
yes "0000000000 1700000000 user nobody.$(printf '%0900d' 0)" |
	head -n $(((1048576 - size) / 935)) >>"$BLOCKS"
like "$(said authmap block --user "$(printf '%01000d' 0)")" \
	"^2 authmap: $BLOCKS: cannot be written: File too large" \
	"one block too many is refused"
like "$(said authmap block --user "$(printf '%01000d' 0)")" "^2 .*too large" \
	"  the file is not changed"
cp "$S/good" "$BLOCKS"

# A shorter ipv6_prefix.
authmap block 2001:db9:1:2::5
echo "ipv6_prefix = 64" >>"$CONF"
like "$(said authmap record 2001:db9:1:2::9 amy)" "^1 .* is blocked" \
	"a block of an address blocks the network of its key"
is "$(said authmap unblock 2001:db9:1:2::5)" "0 " "  and is unblocked"
is "$(said authmap record 2001:db9:1:2::9 amy)" "0 " "  by the same address"

cp "$O/authmap" "$S/authmap"
# ----- users that may not read the block list ----------------------------------

authmap block 198.51.100.7
chmod 600 "$BLOCKS"
chown root "$BLOCKS"
for who in lookup record; do
	like "$(said setpriv --reuid "$MAP_USER" --regid "$MAP_GROUP" \
		--clear-groups "$S/authmap" -c "$CONF" $who 198.51.100.7)" \
		"^2 authmap: .*$BLOCKS: Permission denied" \
		"a reader that should read it, but cannot, lets no client relay: $who"
done
like "$(authmap check)" "^wrong +blocks +$BLOCKS cannot be read by group" \
	"  check reports it"
chmod 640 "$BLOCKS"
chown "$MAP_USER" "$BLOCKS"
like "$(authmap check)" "^ok +blocks +[0-9]+ in force, in $BLOCKS" "  works again after the correction"

# ----- users that may read the map, but not the block list ---------------------

authmap block 198.51.100.7
echo "map_mode = 0664" >>"$CONF"
sweep
authmap record 192.0.2.78 amy imap
stranger() {
	setpriv --reuid 1033 --regid 1033 --clear-groups "$S/authmap" \
		-c "$CONF" "$@"
}
is "$(said stranger lookup 192.0.2.78 | cut -c 1)" 0 \
	"a user that may only read the map sees the addresses that may relay"
authmap block amy >/dev/null
is "$(said stranger lookup 192.0.2.78)" "1 " "  and not a blocked one"
done_testing
