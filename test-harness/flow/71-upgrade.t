#!/bin/sh
# SPDX-License-Identifier: ISC
# A map of authmap 0.1, which libgdbm has made, is replaced while it is in use.  All
# its addresses may relay before, during and after that.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

authmap_conf "socket = $SOCKET"
mkdir -p "$S/run" "$S/state"
chown "$MAP_USER:$MAP_GROUP" "$S/run" "$S/state"
chmod 2770 "$S/run"

# The files of 0.1: the map, a login that waited for the lock, and others.
now=$(date +%s)
expires=$((now + 1700))
for i in $(seq 200); do
	echo "store \"10.0.0.$i\" \"$expires $now imap user$i\""
	echo "store \"203.0.113.$i\" \"$expires $now imap user$i\""
	echo "delete \"10.0.0.$i\""
done >"$S/stores"
cat >>"$S/stores" <<-EOF
	store "2001:db8::9" "$expires $now pop3 j\\\\sx"
	store "198.51.100.8" "$((now - 60)) $((now - 1860)) imap gone"
EOF
gdbmtool -n "$S/run/relay.gdbm" <"$S/stores" >"$S/out" 2>&1 ||
	sed 's/^/# /' "$S/out"
echo "+ 198.51.100.9 $expires $now imap late" >"$S/run/relay.pending"
: >"$S/run/relay.lock"
touch "$S/run/relay.users" "$S/run/relay.waits" "$S/run/relay.beat"
echo "0000000000 $now user eve" >"$S/state/relay.blocks"
chown -R "$MAP_USER:$MAP_GROUP" "$S/run" "$S/state"
chmod 660 "$S/run"/*
chmod 640 "$S/state/relay.blocks"
[ "$(stat -c %s "$S/run/relay.gdbm")" -lt 1000000 ]
ok $? "a map that libgdbm has made: it has no room for writing in place"

missing() {		# how many of 0.1's entries may not relay
	authmap list | cut -f 1-3 | sort >"$S/list"
	{
		for i in $(seq 200); do
			printf '203.0.113.%s\tuser%s\timap\n' "$i" "$i"
		done
		printf '2001:db8::9\tj\\sx\tpop3\n'
	} | sort | comm -23 - "$S/list" | wc -l
}
is "$(missing)" 0 "each of its entries may relay before any write"
responder_start
is "$(ask "203.0.113.7")" "OK OK" "  the responder answers OK"
is "$(ask "198.51.100.8")" "NOTFOUND " "  and no for one that has expired"

touch "$S/asking"
while [ -e "$S/asking" ]; do
	ask "203.0.113.200"
done >"$S/answers" &
asker=$!
started $asker
within 10 test -s "$S/answers"
authmap record 203.0.113.201 new imap
ok $? "the first login makes the new file"
is "$(missing)" 0 "  with all entries"
sweep
is "$(missing)" 0 "the first sweep keeps all entries"
like "$(authmap lookup 198.51.100.9)" "^198.51.100.9	late	imap	" \
	"  stores the login that waited"
is "$(ls "$S/run" | tr '\n' ' ')" "relay.beat relay.failures relay.gdbm relay.lock " \
	"  and removes the files that are not used any more"
rm "$S/asking"
wait $asker
is "$(sort -u "$S/answers")" "OK OK" "MTAs got OK all the time"
is "$(authmap blocks | cut -f 1,2)" "user	eve" "a block stays"
rm "$S/run"/*
sweep 2>"$S/out"
is "$(missing)" 0 "after a reboot, all entries are restored"
done_testing
