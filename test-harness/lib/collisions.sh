# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Addresses that an attacker has chosen so that their hashes collide, and checks that
# they cost little and take no other user's entry.

uses servers

# All 31 bits of the hashes are the same, or the first 20.
ALIKE=$S/alike
ALIKE_20=$S/alike-20
"$O/test/colliding" 600 31 | awk '!seen[$0]++' | head -n 406 >"$ALIKE"
"$O/test/colliding" 5100 20 7 | awk '!seen[$0]++' | head -n 5000 >"$ALIKE_20"
is "$(wc -l <"$ALIKE") $(wc -l <"$ALIKE_20")" "406 5000" "there are colliding addresses"

# others_begin RECORD: record 320 entries of amy; RECORD records the last 20 of them,
# one address a line on its input.  A directory has 512 entries or more, so these share
# the bucket of the colliding addresses.  Then note the size of the map.
others_begin() {
	"$O/test/writer" "$CONF" 10.1 300 amy >"$S/others"
	"$O/test/colliding" 20 10 3 10 | awk '!seen[$0]++' >"$S/neighbours"
	is "$("$@" <"$S/neighbours")" 20 \
		"another user is in the map, with 20 entries in the same bucket"
	cat "$S/neighbours" >>"$S/others"
	size=$(stat -c %s "$S/run/relay.gdbm")
}

entries_of() {
	authmap list | awk -F '\t' -v user="$1" '$2 == user' | wc -l
}

# collisions_are_bounded USER: the colliding addresses, which are USER's, have one
# bucket.  The other user has all entries.  The map is not larger.
collisions_are_bounded() {
	of_user=$(entries_of "$1")
	[ "$of_user" -gt 0 ] && [ "$of_user" -le 166 ]
	ok $? "  they have one bucket: $of_user entries"
	others_are_there
	map_is_flat
}

others_are_there() {
	authmap list | awk -F '\t' '$2 == "amy" { print $1 }' | sort >"$S/now"
	is "$(sort "$S/others" | comm -23 - "$S/now" | wc -l)" 0 \
		"  no other user has lost an entry"
}

map_is_flat() {
	[ "$(stat -c %s "$S/run/relay.gdbm")" -le $((size + size / 8)) ]
	ok $? "  the file of the map is not longer"
	gdbmtool -r "$S/run/relay.gdbm" list >"$S/list" 2>&1
	ok $? "  and gdbm walks it"
}

# grant_is_bounded ADDRESS: to record this colliding address takes a bounded number of
# system calls.
grant_is_bounded() {
	"$O/authmap" -c "$CONF" record 10.1.0.1 amy imap
	strace -f -o "$S/usual" "$O/authmap" -c "$CONF" record 10.1.200.1 eve imap
	strace -f -o "$S/most" "$O/authmap" -c "$CONF" record "$1" eve imap
	usual=$(wc -l <"$S/usual")
	most=$(wc -l <"$S/most")
	# Each record of the bucket is read at most three times.
	[ "$most" -le $((usual + 3 * 166 + 40)) ]
	ok $? "a grant takes a bounded number of system calls: $most, usually $usual"
	authmap remove 10.1.200.1 >"$S/out"
}
