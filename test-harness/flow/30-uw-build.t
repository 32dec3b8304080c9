#!/bin/sh
# SPDX-License-Identifier: ISC
# The patch for UW's servers applies without fuzz to Debian's source and to UW's
# last release, and adds no warning to the build.
. "$(dirname "$0")/../lib/tap.sh"
uses uw

uw_build || skip_all "UW's servers cannot be built here: $(tail -n 1 "$S/uw.make")"

# Debian's source as it was.
cp -RL "$O/uw/imap/c-client" "$S/patched"
cp -R "$S/patched" "$S/plain"
cd "$S/plain" || exit 1
mkdir -p src/osdep
ln -s ../.. src/osdep/unix
patch -s -R -p1 --fuzz=0 <"$TOP/uw-patch/authmap.patch"
ok $? "the patch can be reverted"

applies() {		# FILE
	mkdir -p "$S/tree/src/osdep/unix"
	cp "$1" "$S/tree/src/osdep/unix/env_unix.c"
	patch -d "$S/tree" -p1 --fuzz=0 <"$TOP/uw-patch/authmap.patch" \
		>"$S/out" 2>&1
}
applies env_unix.c
ok $? "it applies to Debian's source"
is "$(grep -c Hunk "$S/out")" 0 "  at its line numbers"

# imap-2007f cannot be had here.  It has the same function, as its
# checksum shows, 38 lines further up.
is "$(sed -n '/^long pw_login/,/^}/p' env_unix.c | sha256sum)" \
	"53ec5afa5b30dcc22c2f481761f4546fd590eeecad852f7c27a083c0e9e618da  -" "the function is that of imap-2007f"
sed 1,38d env_unix.c >"$S/2007f.c"
applies "$S/2007f.c"
ok $? "  to which the patch applies"
is "$(grep -c "offset -38" "$S/out")" 3 "  38 lines further up, without fuzz"
sed 's/closedBox/closedbox/' env_unix.c >"$S/other.c"
applies "$S/other.c"
is $? 1 "it does not apply if the function has changed"

# Print the compiler's warnings, without line numbers.
warnings() {		# FOLDER
	cd "$S/$1" || return 1
	# shellcheck disable=SC2046 # words are meant
	cc -fsyntax-only -Wall -Wextra $(tr -d "'" <CFLAGS) \
		$(cat OSCFLAGS) osdep.c 2>&1 |
		sed -n 's/:[0-9]*:[0-9]*: warning:/:/p' | sort
}
warnings plain >"$S/warnings"
like "$(cat "$S/warnings")" env_unix.c "the compiler prints warnings about the source"
is "$(warnings patched | diff "$S/warnings" -)" "" \
	"  and no others when it is patched"
unlike "$(cat "$O/uw/log")" "(env_unix|authmap).*warning" \
	"  nor when it is built"
done_testing
