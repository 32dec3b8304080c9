#!/bin/sh
# SPDX-License-Identifier: ISC
# "make check-all" runs all scenarios.  lint-scenarios reports a file that it leaves
# out because of its name or mode, and a wrong name in "brief".
. "$(dirname "$0")/../lib/tap.sh"

lint=$TOP/test-harness/tools/lint-scenarios
is "$("$lint" 2>&1; echo "exit $?")" "exit 0" "all scenarios are in make check-all"

mkdir -p "$S/tree/maps"
cp -R "$TOP/Makefile" "$TOP/test-harness" "$S/tree"
cp "$TOP/maps/authmap.h" "$S/tree/maps"
cd "$S/tree" || exit 1
# reports NAME LINE: lint-scenarios fails, and prints that line alone.
reports() {
	is "$("$lint" "$S/tree" 2>&1; echo "exit $?")" "$2
exit 1" "$1"
}
cp test-harness/flow/01-tool.t test-harness/flow/99-other
reports "a file with another ending" \
	"test-harness/flow/99-other: is not in make check-all: name it NUMBER-SUBJECT.t"
rm test-harness/flow/99-other
chmod -x test-harness/fault/10-lock.t
reports "a file that may not be executed" \
	"test-harness/fault/10-lock.t: cannot be run: chmod +x"
chmod +x test-harness/fault/10-lock.t
sed -i "/^# [^S]/d" test-harness/fault/20-folder.t
reports "a file that does not say what it shows" \
	"test-harness/fault/20-folder.t: does not say in its third line what it shows"
cp "$TOP/test-harness/fault/20-folder.t" test-harness/fault
sed -i 's,^brief = ,&flow/20-logins ,' Makefile
reports "a wrong name in the Makefile" "Makefile: there is no scenario flow/20-logins"
done_testing
