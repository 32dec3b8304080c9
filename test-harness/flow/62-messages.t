#!/bin/sh
# SPDX-License-Identifier: ISC
# Every message that an administrator may see is in the section DIAGNOSTICS of a man
# page; lint-messages reports one that is not, and an item that no program prints.
. "$(dirname "$0")/../lib/tap.sh"

lint=$TOP/test-harness/tools/lint-messages
is "$("$lint" 2>&1; echo "exit $?")" "exit 0" "the man pages have every message"

cp -R "$TOP/maps" "$TOP/sweeper" "$TOP/uw-patch" "$TOP/dovecot-plugin" \
	"$TOP/debian" "$S"
# reports NAME LINE: lint-messages fails, and prints that line alone.
reports() {
	is "$("$lint" "$S" 2>&1; echo "exit $?")" "$2
exit 1" "$1"
}
silent() {		# silent NAME
	is "$("$lint" "$S" 2>&1; echo "exit $?")" "exit 0" "$1"
}
# with NAME CODE LINE: the line that is reported of CODE in a C file; "": none.
with() {
	printf '\n%s\n' "$2" >"$S/maps/tool/new.c"
	if [ -n "$3" ]; then
		reports "$1" "maps/tool/new.c:2: is in no DIAGNOSTICS: $3"
	else
		silent "$1"
	fi
}
with "a new message" 'say("the moon is full: wait\n");' "the moon is full: wait"
with "  in two strings" 'say("the moon"
" is full");' "the moon is full"
with "  behind a macro" 'say("%s: " MOON " is full now");' "is full now"
with "  between conversions" 'say("%s: is new %04o: no memory", x);' "is new"
with "  returned as a reason" 'return "is new";' "is new"
with "  behind a quote as a character" "f('\"', \"is new\");" "is new"
with "a word alone" 'say("new: %s", x);' ""
with "a message in a comment" '/* say("is new") */' ""
with "  for debugging" 'e_debug(event, "%s is new", x);' ""
with "  that a man page has" 'say("%s: is not in the map", x);' ""
rm "$S/maps/tool/new.c"

cat >"$S/debian/new.postrm" <<'EOF'
# echo "a comment of two words"
echo "the moon \"is\"" \
	"${file:+near $file}full"
EOF
reports "a new message of a script" \
	'debian/new.postrm:2: is in no DIAGNOSTICS: the moon "is'
rm "$S/debian/new.postrm"

page=$S/maps/tool/authmap.8
cp "$page" "$S/kept"
sed -i '/^\.It "user USER: is not blocked"$/d; /^\.It ".*user USER: is not blocked"$/d' \
	"$page"
like "$("$lint" "$S")" \
	"^maps/tool/block.c:[0-9]+: is in no DIAGNOSTICS: is not blocked$" \
	"an item that was removed"
cp "$S/kept" "$page"
n=$(grep -n '^\.Bl -diag -compact$' "$page" | head -n 1 | cut -d : -f 1)
# item NAME TEXT LINE: the line that is reported of the item TEXT; "": none.
item() {
	{ head -n "$n" "$S/kept"; printf '%s\n' "$2"; tail -n +$((n + 1)) "$S/kept"; } \
		>"$page"
	if [ -n "$3" ]; then
		reports "$1" "maps/tool/authmap.8:$((n + ${4:-1})): no program says: $3"
	else
		silent "$1"
	fi
}
item "an item that no program prints" '.It "ADDRESS: is on the moon"' "is on the moon"
item "  in two lines" '.It "ADDRESS: is on \
the moon"' "is on the moon" 2
item "an item of two messages" \
	'.It "ADDRESS: is not in the map: is blocked"' "is not in the map: is blocked"
item "  with a mark between them" '.It "ADDRESS: is not in the map\&: is blocked"' ""
item "an item with words in capitals" '.It "ADDRESS: is not in the map, NAME"' ""
done_testing
