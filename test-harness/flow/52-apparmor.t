#!/bin/sh
# SPDX-License-Identifier: ISC
# AppArmor's parser accepts Debian's profiles of Dovecot with the lines of conf.d,
# and these allow the accesses of the plugin.
. "$(dirname "$0")/../lib/tap.sh"

"$TOP/test-harness/programs/unpack" apparmor apparmor apparmor-profiles ||
	skip_all "AppArmor's packages are not to be had"
A=$S/apparmor.d
U=$CACHE/unpacked/apparmor
cp -a "$U/etc/apparmor.d" "$A"
mkdir -p "$A/local"
cp "$TOP/conf.d/imap/apparmor-authmap.conf" "$A/abstractions/authmap"
# The lines that the recipe tells to add, for the plugin and for the script.
line=$(sed -n 's/^#	\(include\)/\1/p' "$TOP/conf.d/imap/apparmor-authmap.conf")
rule=$(sed -n 's/^#	\(.usr\)/\1/p' "$TOP/conf.d/imap/apparmor-authmap.conf")

# parse PROFILE [OPTION]: parse without loading and without the cache.
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
	ok $? "  with the recipe's lines"
	is "$(cat "$S/wrong")" "" "  is parsed without a message"
	parse "$profile" -p >"$S/whole"
	is "$(sed -n 's/^  \(.*authmap.*,\)$/\1/p' "$S/whole" | sort)" \
		"$(sed -n 's/^  //p' "$TOP/conf.d/imap/apparmor-authmap.conf" | sort)" \
		"  and has the lines"
done
profile=usr.lib.dovecot.script-login
cp "$U/usr/share/apparmor/extra-profiles/$profile" "$A/"
echo "$rule" >"$A/local/$profile"
parse "$profile" -p >"$S/whole"
ok $? "Debian's $profile, with the recipe's rule"
like "$(cat "$S/whole")" "^ *$rule$" "  has it"
echo "  /run/authmap/ rubbish," >>"$A/abstractions/authmap"
! parse usr.lib.dovecot.imap
ok $? "a wrong line is refused"
# All files in the map's folder, as the man page lists them.
is "$(sed -n '/^In this folder:/,/^In$/s/^\.It Pa //p' \
	"$TOP/maps/man/authmap-map.5" | tr ',' '\n' | tr -d ' ' |
	grep -v '^relay\.' )" "*.broken-TIME" "all files are relay.*"
done_testing
