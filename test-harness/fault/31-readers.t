#!/bin/sh
# SPDX-License-Identifier: ISC
# gdbmtool, Python's dbm.gnu and perl's GDBM_File read the live map, opening it 200
# times a second for READERS_SECONDS, with and without gdbm's locks and mapping (which
# dbm.gnu cannot leave out).  Meanwhile 1,000 addresses a second are granted, and the
# sweeper removes those that have expired, by a new file each time.  No read fails,
# and each answer is right.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

python3 -c 'import dbm.gnu' 2>/dev/null || skip_all "no python3-gdbm"
perl -MGDBM_File -e 1 2>/dev/null || skip_all "no GDBM_File in perl"
seconds=${READERS_SECONDS:-60}
map=$S/run/relay.gdbm
count=2000

begin "window = 1h" "sweep_interval = 1s" "max_per_user = off" "lock_timeout = 10s"
"$O/test/fill" "$CONF" $count

# read_by READER MAP SECONDS: open MAP 67 times a second.
read_by() {
	exec "$TOP/test-harness/programs/foreign" "$1" "$2" $count "$3" 67 >"$S/$1" 2>&1
}

# A wrong answer is noticed.
perl -0777 -pe 's/10\.0\.3\.7\d{10} \d{10} imap jo\Ke/#/' "$map" >"$S/torn"
perl -0777 -pe 's/10\.0\.3\.\K7(?=\d{10} \d{10} imap joe)/8/' "$map" >"$S/lost"
for reader in python perl gdbmtool; do
	(read_by $reader "$S/torn" 0)
	like "$? $(cat "$S/$reader")" '^1 wrong: 10\.0\.3\.7: .* imap jo#"' \
		"$reader: a torn record is noticed"
	(read_by $reader "$S/lost" 0)
	like "$? $(cat "$S/$reader")" '^1 wrong: ' "$reader: a lost record is noticed"
done

sweeper_start
granters=
for number in 1 2 3 4; do
	"$O/test/grants" "$CONF" 250 $number $count >"$S/grants.$number" 2>&1 &
	started $!
	granters="$granters $!"
done
readers=
for reader in python perl gdbmtool; do
	read_by $reader "$map" "$seconds" &
	started $!
	readers="$readers $reader:$!"
done
for reader in $readers; do
	wait "${reader#*:}"
	ok $? "${reader%:*}: no read fails, and each answer is right"
	sed 's/^/# /' "$S/${reader%:*}"
done

# shellcheck disable=SC2086 # words are meant
kill $granters
for granter in $granters; do
	wait "$granter"
	ok $? "each login was recorded meanwhile"
done
sed 's/^/# /' "$S"/grants.*
only_members() {
	[ "$(gdbmtool -r "$map" count)" = "There are $count items in the database." ]
}
within 20 only_members
ok $? "the entries that expired are removed, and no others"
done_testing
