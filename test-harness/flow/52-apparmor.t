#!/bin/sh
# SPDX-License-Identifier: ISC
# What conf.d has for AppArmor, added to Debian's profiles of Dovecot as it says,
# is taken by AppArmor's own parser, and lets the plugin do what it does.
. "$(dirname "$0")/../lib/tap.sh"

"$TOP/test-harness/programs/unpack" apparmor apparmor apparmor-profiles ||
	skip_all "AppArmor's packages are not to be had"
A=$S/apparmor.d
U=$CACHE/unpacked/apparmor
cp -a "$U/etc/apparmor.d" "$A"
mkdir -p "$A/local"
cp "$TOP/conf.d/imap/apparmor-authmap.conf" "$A/abstractions/authmap"
# What the recipe tells to add.
line=$(sed -n 's/^#	//p' "$TOP/conf.d/imap/apparmor-authmap.conf")

# parse PROFILE [OPTION]: without a kernel, and without its cache.
parse() {
	profile=$1
	shift
	"$TOP/test-harness/programs/inside" apparmor "$S" apparmor_parser -Q -K \
		-b "$A" --features-file "$A/abi/3.0" "$@" "$A/$profile" \
		2>"$S/wrong"
}
for server in imap pop3; do
	profile=usr.lib.dovecot.$server
	cp "$U/usr/share/apparmor/extra-profiles/$profile" "$A/"
	parse "$profile"
	ok $? "Debian's $profile"
	echo "$line" >"$A/local/$profile"
	parse "$profile"
	ok $? "  with our lines"
	is "$(cat "$S/wrong")" "" "  nothing is said"
	parse "$profile" -p >"$S/whole"
	is "$(sed -n 's/^  \(.*authmap.*,\)$/\1/p' "$S/whole" | sort)" \
		"$(sed -n 's/^  //p' "$TOP/conf.d/imap/apparmor-authmap.conf" | sort)" \
		"  they are in it"
done
echo "  /run/authmap/ rubbish," >>"$A/abstractions/authmap"
! parse usr.lib.dovecot.imap
ok $? "what is wrong is refused"
# Every file of ours in the map's folder, as the manual lists them.
is "$(sed -n '/^In this folder:/,/^In$/s/^\.It Pa //p' \
	"$TOP/maps/man/authmap-map.5" | tr ',' '\n' | tr -d ' ' |
	grep -v '^relay\.' )" "*.broken-TIME" "all files are relay.*"
done_testing
