#!/bin/sh
# SPDX-License-Identifier: ISC
# Every verb that takes a user's name accepts it as it is printed, and the plain
# name.  A block of a name without an entry prints a note.
# shellcheck disable=SC1003,SC2016 # backslashes and "$" are meant
. "$(dirname "$0")/../lib/tap.sh"
uses servers


begin

# Record each name, and give it to every verb as it was printed.
printed() {		# printed ADDRESS
	authmap lookup "$1" | cut -f 2
}
tab=$(printf '\t')
for name in 'jürgen@example.org' 'DOM\joe' 'DOM\ted' 'DOM\134joe' 'a\\b' - -- '\' \
	"eve x" "o'brien@example.org" "x${tab}y" '$(reboot);*'; do
	authmap --json record -- 192.0.2.50 "$name" imap
	as=$(printed 192.0.2.50)
	is "$(authmap block --user "$as")" "removed 192.0.2.50 $as imap" \
		"$as: block accepts a name as it is printed"
	is "$(authmap blocks | cut -f 2 | tail -n 1)" "$as" "  blocks prints it so"
	like "$(said authmap --json record -- 192.0.2.50 "$name")" \
		"^1 .* is blocked" "  the user is blocked"
	like "$(said authmap record -- 192.0.2.50 "$as")" "^1 .* is blocked" \
		"  record accepts it, too"
	is "$(said authmap unblock --user "$as")" "0 " "  so does unblock"
	authmap record -- 192.0.2.51 "$as" imap
	is "$(printed 192.0.2.51)" "$as" "  recorded as printed, it is the same user"
	is "$(said authmap remove --user "$as")" "0 removed 192.0.2.51 $as imap" \
		"  remove --user accepts it"
	authmap --json block --user "$name" 2>/dev/null
	is "$(authmap blocks | cut -f 2)" "$as" \
		"  with --json, block accepts the name itself"
	is "$(said authmap --json unblock --user "$name")" \
		'0 {"unblocked": true}' "  so does unblock"
done
is "$(authmap list | grep -c '192.0.2.5[01]')" 0 "no entry of them is left"

# The plain name: the bytes that the client sends.
for name in 'jürgen@example.org' 'DOM\joe' 'DOM\\joe' 'DOM\\ted' "eve x" '\'; do
	authmap record -- 192.0.2.52 "$name" imap
	as=$(printed 192.0.2.52)
	is "$(authmap block "$name")" "removed 192.0.2.52 $as imap" \
		"$name is blocked, as $as"
	is "$(said authmap unblock "$name")" "0 " "  and unblocked"
	authmap record -- 192.0.2.52 "$as" imap
	is "$(authmap remove --user "$name")" "removed 192.0.2.52 $as imap" \
		"  and removed"
done
authmap record -- 192.0.2.53 'DOM\joe' imap
is "$(authmap block 'dom\\JOE')" "removed 192.0.2.53 DOM\\\\joe imap" \
	"case does not matter"
authmap unblock 'DOM\joe'

# Names without an entry.
note="authmap: note: user"
is "$(said authmap block tom)" "0 $note tom: is blocked, but has no entry\
 in the map: compare with authmap list" "a block of a user without an entry prints a note"
like "$(said authmap record -- 192.0.2.54 tom)" "^1 .* is blocked" "  and applies"
like "$(said authmap block tom)" "^0 $note tom: is blocked, but has no" "  also the second time"
authmap unblock tom
is "$(said authmap block jürgen)" "0 $note j\\303\\274rgen: is blocked, but\
 has no entry in the map: compare with authmap list" \
	"  with the name as it is stored"
authmap unblock jürgen
authmap --json record -- 192.0.2.55 'DOM\ted' imap
is "$(said authmap block 'DOM\ted')" "0 $note DOM\ted: is blocked, but has no entry\
 in the map: compare with authmap list
authmap: note: DOM\ted was decoded as authmap list prints names: if the backslash\
 is part of the name, give DOM\\\\ted" "  for a name that can mean two users, with the other one"
authmap unblock 'DOM\ted'
is "$(said authmap unblock 'DOM\ted')" "1 authmap: user DOM\ted: is not blocked
authmap: note: DOM\ted was decoded as authmap list prints names: if the backslash\
 is part of the name, give DOM\\\\ted" "  unblock prints a note, too"
is "$(said authmap remove --user 'DOM\ted')" "1 authmap: user DOM\ted: is not in\
 the map: compare with authmap list
authmap: note: DOM\ted was decoded as authmap list prints names: if the backslash\
 is part of the name, give DOM\\\\ted" "  and remove --user"
is "$(said authmap block 'DOM\\ted')" '0 removed 192.0.2.55 DOM\\ted imap' \
	"  which is accepted"
authmap unblock 'DOM\\ted'
is "$(said authmap block 192.0.2.56/31)" "0 authmap: note: network 192.0.2.56/31:\
 is blocked, but has no entry in the map: compare with authmap list" \
	"a network without an address in the map"
authmap unblock 192.0.2.56/31

# An address is accepted as it is printed, too.
authmap_conf "ipv6_prefix = 64"
authmap record 2001:db8:1:2::5 amy imap
key=$(authmap list | cut -f 1)
is "$key" 2001:db8:1:2::/64 "an address stands for its network"
is "$(said authmap lookup "$key" | cut -f 1,2)" "0 $key	amy" \
	"  lookup accepts it as list prints it"
is "$(said authmap remove "$key")" "0 removed $key amy imap" "  so does remove"
is "$(said authmap record "$key" amy imap)" "0 " "  and record"
is "$(said authmap block "$key")" "0 removed $key amy imap" "  and block"
is "$(said authmap unblock "$(authmap blocks | cut -f 2)")" "0 " "  and unblock"
like "$(said authmap lookup 2001:db8:1::/48)" "^2 .* is not an address" \
	"  but another network is refused"
done_testing
