#!/bin/sh
# SPDX-License-Identifier: ISC
# lint-words reports misspelt words, and words that the project does not use, also
# if they are on two lines of a comment.  An exception applies only in its place.
. "$(dirname "$0")/../lib/tap.sh"

command -v codespell >/dev/null || skip_all "there is no codespell"
words=$TOP/test-harness/tools/lint-words
is "$("$words" 2>&1; echo "exit $?")" "exit 0" "the tree has no such word"
mkdir -p "$S/tree/maps" "$S/tree/test-harness/fuzz/corpus"

echo plain >"$S/tree/file"
# found NAME FILE TEXT REPORT: lint-words prints REPORT about a file of TEXT, and
# nothing else.  The words stand in two parts here, or this file would be reported.
found() {
	printf '%b\n' "$3" >"$S/tree/$2"
	is "$("$words" "$S/tree" 2>&1)" "$(printf '%b' "$4")" "$1"
	rm "$S/tree/$2"
}
found "plain words" maps/a.c "/* A killed writer leaves a whole map. */" ""
found "a spelling mistake" maps/a.c "\n/* re""cieve */" "maps/a.c:2: re""cieve ==> receive"
found "a word that is not used" maps/a.c "/* Who""ever asks. */" \
	"maps/a.c:1: who""ever"
found "  two in a line" README "who""m a""new" \
	"README:1: who""m\nREADME:1: a""new"
found "  on two lines of a comment" maps/a.c "/*\n * It is in\n * tou""ch. */" \
	"maps/a.c:3: in tou""ch"
found "  on two lines of a script" maps/b.sh "# They are set\n# as""ide." \
	"maps/b.sh:2: set as""ide"
found "a part of another word" maps/a.c "who""mp re""new a""newly" ""
found "a fuzzer's input" test-harness/fuzz/corpus/input "who""ever re""cieve" ""
found "a tarball that make has made" authmap-1.0.tar.gz "who""ever re""cieve" ""
found "a quotation in NEWS" NEWS '"in tou''ch" is now "connected".' ""
found "  in another file" README '"in tou''ch" is now "connected".' \
	"README:1: in tou""ch"
found "  with other text in NEWS" NEWS "They are in tou""ch." "NEWS:1: in tou""ch"

printf '%s\n' "re""cieve" >"$S/tree/README"
"$words" "$S/tree" >/dev/null
is $? 1 "a spelling mistake is an error"
printf '%s\n' "who""m" >"$S/tree/README"
"$words" "$S/tree" >/dev/null
is $? 1 "  and a word that is not used"
printf '%s\n' "plain" >"$S/tree/README"
"$words" "$S/tree" >/dev/null
is $? 0 "  and nothing else"
done_testing
