#!/bin/sh
# SPDX-License-Identifier: ISC
# With a stolen password, one user logs in from many addresses, also over IPv6.  A
# sweep removes that user's oldest addresses and no others, and logs one line.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

# of USER: print the user's addresses.
of() {
	authmap list | awk -F '\t' -v u="$1" '$2 == u { print $1 }' | tr '\n' ' '
}
begin "max_per_user = 10"
authmap record 203.0.113.1 joe imap
authmap record 203.0.113.2 amy imap
for i in $(seq 40); do
	# Entries differ by at least a second.
	[ "$i" != 31 ] || sleep 1.1
	authmap record "2001:db8::$i" joe imap 2>>"$S/log" || echo "$i" >>"$S/wrong"
done
is "$(cat "$S/wrong" 2>/dev/null)" "" "40 logins of one user, each recorded"
is "$(of joe | wc -w)" 41 "  each of them may relay until a sweep"
sweep 2>"$S/log"
is "$(of joe)" "$(seq 31 40 | sed 's/^/2001:db8::/' | tr '\n' ' ')" \
	"after it, the last ten may relay"
is "$(of amy)" "203.0.113.2 " "and so may an address of another user"
is "$(cat "$S/log")" "authmap-sweeper: removed 31 addresses of user=joe: max_per_user = 10 is reached: change the user's password if it was stolen, or raise the limit" \
	"one line names the user, the limit and the remedy"
sweep 2>"$S/log"
is "$(cat "$S/log")" "" "  and is not logged again"

# Read the map itself.
is "$(gdbmtool -r "$S/run/relay.gdbm" list | awk -v now="$(date +%s)" \
	'$2 > now && $5 == "joe"' | wc -l)" 10 "the map has the same entries"

# A lower limit.
authmap_conf "max_per_user = 3"
sweep 2>/dev/null
is "$(of joe | wc -w)" 3 "a lower limit: the next sweep removes the oldest entries"

# The limit of all entries.
rm -r "$S/run" "$S/state"
authmap_conf "max_entries = 5"
sweep
for i in 1 2 3 4 5; do
	authmap record "203.0.113.$i" "user$i" imap
done
like "$(authmap check)" "^warning +map +5 of 5 entries \(max_entries\)" \
	"check warns if the map is nearly full"
is "$(authmap record 203.0.113.6 user6 imap 2>&1; echo $?)" \
	"authmap: refused 203.0.113.6 service=imap user=user6: max_entries = 5 is reached: see in authmap list which user has so many, or raise the limit
authmap: 203.0.113.6: not recorded: the map is full: see the log
1" "one more address is not recorded"
authmap record 203.0.113.5 user3 imap 2>"$S/log"
is "$(authmap list | cut -f 1,2 | tail -n 1)" "203.0.113.5	user3" \
	"a known address is recorded"
is "$(cat "$S/log")" "" "  and nothing is logged"
printf '203.0.113.%s ok\n' 8 9 | authmap import - >"$S/import" 2>&1
is "$(cat "$S/import")" "authmap: standard input: 2 lines were skipped: max_entries is reached
imported 0 entries, 0 had expired, 2 were skipped" "nor is an import stored"
like "$(authmap config | grep ^max_)" "^max_entries = 5	# $CONF:5$" \
	"config shows the limits"
authmap_conf "max_per_user = 0"
like "$(authmap list 2>&1)" "must be off, or a number from 1 to 10000" \
	"a limit of zero is refused"
done_testing
