#!/bin/sh
# SPDX-License-Identifier: ISC
# A user of IPv6 chooses addresses whose hashes collide.  They cost no login more than a
# bounded number of system calls, do not make the map larger, and take no other user's
# entry: by login, import and restore, and when they are blocked or removed.
. "$(dirname "$0")/../lib/tap.sh"
uses servers collisions

logins() {
	"$TOP/test-harness/programs/logins.py" "$IMAP_PROXY" "$1"
}
begin "max_per_user = off"
dovecot_start reuse
others_begin logins amy

echo "# by login"
is "$(head -n 400 "$ALIKE" | logins eve)" 400 "400 addresses with one hash log in"
unlike "$(cat "$S/d/log")" "not recorded" "  each is recorded"
# Of entries that expire in the same second, any may have been evicted.
authmap lookup "$(sed -n 400p "$ALIKE")" >/dev/null
ok $? "  the last one may relay"
collisions_are_bounded eve
authmap list >"$S/out"
dovecot_logged "removed 2001:db8:.* too many addresses share its place in the map" \
	"  evicted entries are logged"
grant_is_bounded "$(sed -n 401p "$ALIKE")"

echo "# by import"
sed 's/$/ ok/' "$ALIKE_20" >"$S/imported"
authmap import "$S/imported" >"$S/out" 2>&1
is $? 0 "5,000 addresses with the same first 20 bits are imported"
collisions_are_bounded "-"

echo "# by restore"
sweep 2>"$S/said"
is $? 0 "the map is swept and saved"
now=$(date +%s)
while read -r address; do
	printf '\n= %s %010d %010d imap eve\n' "$address" $((now + 1000)) "$now"
done <"$ALIKE_20" >>"$S/state/relay.saved"
rm "$S/run/relay.gdbm"
sweep 2>"$S/said"
is $? 0 "5,000 more are restored"
others_are_there
map_is_flat

echo "# removed and blocked"
authmap remove --user eve >"$S/out" 2>&1
authmap remove --user - >"$S/out" 2>&1
sweep 2>"$S/said"
is "$(head -n 400 "$ALIKE" | logins bob)" 400 \
	"the same addresses log in as another user"
authmap block bob >"$S/out" 2>&1
sweep 2>"$S/said"
is "$(entries_of bob)" 0 "  which is then blocked"
address=$(sed -n 406p "$ALIKE")
is "$(echo "$address" | logins amy)" 1 "an address with the same hash logs in"
authmap lookup "$address" >"$S/out"
is $? 0 "  and may relay: blocked entries occupy no room"
others_are_there
echo "# after a removal"
rm -f "$S/run/relay.gdbm" "$S/state/relay.saved"
sweep 2>"$S/said"
others_begin logins amy
is "$(head -n 400 "$ALIKE" | logins eve)" 400 "400 addresses with one hash log in"
authmap remove --user eve >"$S/out"
address=$(sed -n 401p "$ALIKE")
is "$(echo "$address" | logins eve)" 1 \
	"after their removal, another address with this hash logs in"
authmap lookup "$address" >"$S/out"
is $? 1 "  and may not relay"
others_are_there
unlike "$(cat "$S/d/log")" "Fatal|Panic" "Dovecot has logged no failure"
done_testing
