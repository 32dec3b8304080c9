#!/bin/sh
# SPDX-License-Identifier: ISC
# A user of IPv6 chooses addresses whose hashes are alike.  They cost no login more
# than a bounded number of system calls, do not make the map larger, and take no
# other user's entry: by login, import and restore, and when they are blocked.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

LOGINS=$TOP/test-harness/programs/logins.py
# Distinct ones: alike in all 31 bits of their hashes, or in the first 20.
"$O/test/colliding" 600 31 | awk '!seen[$0]++' | head -n 406 >"$S/alike"
"$O/test/colliding" 5100 20 7 | awk '!seen[$0]++' | head -n 5000 >"$S/alike-20"
is "$(wc -l <"$S/alike") $(wc -l <"$S/alike-20")" "406 5000" \
	"the addresses are there"

authmap_conf "max_per_user = off"
sweep
dovecot_start reuse
"$O/test/writer" "$CONF" 10.1 300 amy >"$S/others"
# A directory has 512 entries at least: these are in the same bucket.
"$O/test/colliding" 20 10 3 10 | awk '!seen[$0]++' >"$S/neighbours"
is "$("$LOGINS" "$IMAP_PROXY" amy <"$S/neighbours")" 20 \
	"others are in the map, 20 of them in the same bucket"
cat "$S/neighbours" >>"$S/others"
size=$(stat -c %s "$S/run/relay.gdbm")
others_are_there() {
	authmap list | awk -F '\t' '$2 == "amy" { print $1 }' | sort >"$S/now"
	is "$(sort "$S/others" | comm -23 - "$S/now" | wc -l)" 0 \
		"  nobody else has lost an entry"
}
flat() {
	[ "$(stat -c %s "$S/run/relay.gdbm")" -le $((size + size / 8)) ]
	is $? 0 "  the map's file is no longer"
	gdbmtool -r "$S/run/relay.gdbm" list >"$S/list" 2>&1
	is $? 0 "  and gdbm walks it"
}
entries_of() {
	authmap list | awk -F '\t' -v user="$1" '$2 == user' | wc -l
}

echo "# by login"
is "$(head -n 400 "$S/alike" | "$LOGINS" "$IMAP_PROXY" eve)" 400 \
	"400 addresses with one hash log in"
unlike "$(cat "$S/d/log")" "not recorded" "  each is recorded"
# Of entries that expire in the same second, any may have made room.
authmap lookup "$(sed -n 400p "$S/alike")" >/dev/null
ok $? "  the last one may relay"
[ "$(entries_of eve)" -le 166 ]
is $? 0 "  a bucket is all that they have"
others_are_there
flat
authmap list >"$S/out"
like "$(cat "$S/d/log")" "removed 2001:db8:.* too many addresses share its place in the map" \
	"  the log tells of it"

"$O/authmap" -c "$CONF" record 10.1.0.1 amy imap
strace -f -o "$S/usual" "$O/authmap" -c "$CONF" record 10.1.200.1 eve imap
strace -f -o "$S/most" "$O/authmap" -c "$CONF" record \
	"$(sed -n 401p "$S/alike")" eve imap
usual=$(wc -l <"$S/usual")
most=$(wc -l <"$S/most")
# Each record of the bucket is read three times at the most.
[ "$most" -le $((usual + 3 * 166 + 40)) ]
is $? 0 "a grant takes a bounded number of system calls: $most, usually $usual"
authmap remove 10.1.200.1 >"$S/out"

echo "# by import"
sed 's/$/ ok/' "$S/alike-20" >"$S/imported"
authmap import "$S/imported" >"$S/out" 2>&1
is $? 0 "5,000 whose first 20 bits agree are imported"
others_are_there
flat
[ "$(entries_of "-")" -le 166 ]
is $? 0 "  a bucket is all that they have"

echo "# by restore"
sweep 2>"$S/said"
is $? 0 "the map is swept and saved"
now=$(date +%s)
while read -r address; do
	printf '\n= %s %010d %010d imap eve\n' "$address" $((now + 1000)) "$now"
done <"$S/alike-20" >>"$S/state/relay.saved"
rm "$S/run/relay.gdbm"
sweep 2>"$S/said"
is $? 0 "5,000 more are restored"
others_are_there
flat

echo "# removed and blocked"
authmap remove --user eve >"$S/out" 2>&1
authmap remove --user - >"$S/out" 2>&1
sweep 2>"$S/said"
is "$(head -n 400 "$S/alike" | "$LOGINS" "$IMAP_PROXY" bob)" 400 \
	"the same addresses log in as another user"
authmap block bob >"$S/out" 2>&1
sweep 2>"$S/said"
is "$(entries_of bob)" 0 "  who is blocked"
address=$(sed -n 406p "$S/alike")
is "$(echo "$address" | "$LOGINS" "$IMAP_PROXY" amy)" 1 \
	"an address with the same hash logs in"
authmap lookup "$address" >"$S/out"
is $? 0 "  and may relay: what is blocked keeps no room"
others_are_there
unlike "$(cat "$S/d/log")" "Fatal|Panic" "nothing worse is in Dovecot's log"
done_testing
