#!/bin/sh
# SPDX-License-Identifier: ISC
# "make check-all" runs all scenarios.  lint-scenarios reports a file that it leaves
# out because of its name or mode, and a wrong name in "brief".  A scenario does not
# inherit ignored signals, and keeps its scratch folder if it is told to.
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

# ----- how a scenario is started -------------------------------------------
cat >test-harness/flow/98-small.t <<'EOF'
#!/bin/sh
. "$(dirname "$0")/../lib/tap.sh"
# The last 31 bits: the C library has signals of its own above them.
like "$(sed -n 's/^SigIgn://p' /proc/self/status)" "[08]0000000$" "no signal is ignored"
is "${WRONG:-}" "" "nothing is wrong"
done_testing
EOF
chmod +x test-harness/flow/98-small.t
# small COMMAND ...: run this scenario by COMMAND.
small() {
	env -u TOP -u KEEP O="$O" CACHE="$CACHE" "$@" test-harness/flow/98-small.t \
		</dev/null >"$S/out" 2>&1
}
small nohup
is $? 0 "a scenario under nohup does not ignore SIGHUP"
# shellcheck disable=SC2016 # the inner shell fills it in
small sh -c 'trap "" HUP INT QUIT TERM PIPE; exec "$0"'
is $? 0 "  nor other signals that its caller ignores"
# kept NAME WANTED COMMAND ...: whether its scratch folder is left.
kept() {
	name=$1 wanted=$2
	shift 2
	small "$@"
	folder=$(sed -n 's/^# the scratch folder is kept: //p' "$S/out")
	is "$([ -d "$folder" ] && echo kept || echo removed)" "$wanted" "$name"
	rm -rf "$folder"
}
kept "a scenario that fails removes its scratch folder" removed env WRONG=yes
kept "  but keeps it with KEEP=1" kept env WRONG=yes KEEP=1
kept "one that succeeds removes it with KEEP=1" removed env KEEP=1
kept "  but keeps it with KEEP=all" kept env KEEP=all
done_testing
