#!/bin/sh
# SPDX-License-Identifier: ISC
# The sources include only files of lower layers, and no two files include each
# other; lint-rooms reports each include that breaks this.  Nor do files call each
# other in a circle, which lint-calls reports.  Each source names its licence;
# lint-spdx reports those that do not.  lint-columns reports lines that are too
# long, and lint-internals names in INTERNALS.md that do not exist.
. "$(dirname "$0")/../lib/tap.sh"

rooms=$TOP/test-harness/tools/lint-rooms
is "$("$rooms"; echo "exit $?")" "exit 0" "the tree has no wrong include"

cp -R "$TOP/maps" "$TOP/sweeper" "$TOP/uw-patch" "$TOP/dovecot-plugin" "$S"
# with_include FILE HEADER NAME REASON: lint-rooms fails once FILE includes HEADER,
# in quotes or as <HEADER>, and prints its line.
with_include() {
	cp "$S/$1" "$S/kept"
	case $2 in
	"<"*)	echo "#include $2" ;;
	*)	echo "#include \"$2\"" ;;
	esac >>"$S/$1"
	out=$("$rooms" "$S"; echo "exit $?")
	is "$out" "$1:$(wc -l <"$S/$1"): $4
exit 1" "$3"
	cp "$S/kept" "$S/$1"
}
with_include maps/base/address.c store/map.h "base includes store" \
	"base includes maps/store/map.h of a higher layer"
with_include maps/store/map.c lib/lookup.h "store includes lib" \
	"store includes maps/lib/lookup.h of a higher layer"
with_include maps/lib/login.c sweeper/sweep.h "lib includes the sweep" \
	"lib includes sweeper/sweep.h of a higher layer"
with_include sweeper/sweep.c daemon/service.h "the sweep includes daemon" \
	"sweep includes maps/daemon/service.h of a higher layer"
with_include maps/daemon/ask.h responder/answer.h "daemon includes a program" \
	"daemon includes maps/responder/answer.h of a higher layer"
with_include maps/tool/list.c cluster/engine.h "a program includes another" \
	"tool includes maps/cluster/engine.h of another program"
with_include sweeper/main.c tool/json.h "  also that of the sweeper" \
	"sweeper/main includes maps/tool/json.h of another program"
with_include uw-patch/authmap-uw.c ../maps/tool/json.h "  by a relative path" \
	"uw-patch includes maps/tool/json.h of another program"
with_include maps/base/address.c "<store/map.h>" "base includes store in angle brackets" \
	"base includes maps/store/map.h of a higher layer"
with_include maps/base/address.c ./maps/store/../store/map.h "  or by another path" \
	"base includes maps/store/map.h of a higher layer"

# An include that is allowed there names the room.
with_include maps/store/map.c "<base/clock.h>" "our own header in angle brackets" \
	'includes <base/clock.h>: write "base/clock.h"'
with_include sweeper/sweep.c judge.h "a header without its room" \
	'includes "judge.h": write "sweeper/judge.h"'
with_include dovecot-plugin/authmap-plugin.c ../maps/base/encode.h "a relative path" \
	'includes "../maps/base/encode.h": write "base/encode.h"'

# Each of a circle's includes may be the one that is printed.
circle() {
	"$rooms" "$S" >"$S/out"
	is "$?, $(wc -l <"$S/out")" "1, 1" "$1"
	like "$(cat "$S/out")" "^$2:[0-9]+: .* are in a circle of includes$" \
		"  with its place"
}
echo '#include "base/settings.h"' >>"$S/maps/base/config.h"
circle "two headers that include each other" 'maps/base/(config|settings)\.h'
cp "$TOP/maps/base/config.h" "$S/maps/base/config.h"
echo '#include "base/event.h"' >>"$S/maps/base/encode.c"
circle "three files in a circle" 'maps/base/(encode|event|log)\.[ch]'
cp "$TOP/maps/base/encode.c" "$S/maps/base"
is "$("$rooms" "$S"; echo "exit $?")" "exit 0" "the copy has none without these"

calls=$TOP/test-harness/tools/lint-calls
is "$("$calls" "$O"; echo "exit $?")" "exit 0" "no two files of the tree call each other"
mkdir -p "$S/c/maps/x" "$S/c/sweeper" "$S/c/uw-patch"
for file in a:b b:c c:a; do
	echo "void ${file#*:}(void); void ${file%:*}(void); void ${file%:*}(void) { ${file#*:}(); }" \
		>"$S/c/maps/x/${file%:*}.c"
	cc -c -o "$S/c/maps/x/${file%:*}.o" "$S/c/maps/x/${file%:*}.c"
done
is "$("$calls" "$S/c" "$S/c" | sort; "$calls" "$S/c" "$S/c" >/dev/null; echo "exit $?")" \
	"a circle of calls:
maps/x/a.c
maps/x/b.c
maps/x/c.c
exit 1" "  three that do are reported"
rm "$S/c/maps/x/c.o"
is "$("$calls" "$S/c" "$S/c"; echo "exit $?")" "exit 0" "  a chain of calls is none"

spdx=$TOP/test-harness/tools/lint-spdx
is "$("$spdx"; echo "exit $?")" "exit 0" "each source of the tree names its licence"
mkdir -p "$S/t/conf.d/rc" "$S/t/debian"
cp "$TOP/Makefile" "$TOP/maps/lib/login.c" "$TOP/test-harness/plots/draw" "$S/t"
cp "$TOP/debian/rules" "$TOP/debian/authmap.prerm" "$S/t/debian"
cp "$TOP/conf.d/rc/sysv-authmap" "$S/t/conf.d/rc"
cp "$TOP/NEWS" "$S/t"
is "$("$spdx" "$S/t"; echo "exit $?")" "exit 0" "  so do these copies"
find "$S/t" -type f -exec sed -i /SPDX/d {} +
is "$("$spdx" "$S/t" | sed 's/: has no line SPDX-License-Identifier: ISC$//'
"$spdx" "$S/t" >/dev/null; echo "exit $?")" "./Makefile
./conf.d/rc/sysv-authmap
./debian/authmap.prerm
./debian/rules
./draw
./login.c
exit 1" "  without it, each source is reported, whatever its name"

columns=$TOP/test-harness/tools/lint-columns
is "$("$columns"; echo "exit $?")" "exit 0" "no line of a C file has more than 85 columns"
mkdir -p "$S/l/maps" "$S/l/sweeper" "$S/l/uw-patch" "$S/l/dovecot-plugin" "$S/l/test-harness"
printf '\t%077d\n\t%078d\n…%084d\n' 0 0 0 >"$S/l/maps/a.c"
is "$("$columns" "$S/l" | cut -c 1-11; "$columns" "$S/l" >/dev/null; echo "exit $?")" \
	"maps/a.c:2:
exit 1" "  86 are reported, in columns and not in bytes"

internals=$TOP/test-harness/tools/lint-internals
is "$("$internals"; echo "exit $?")" "exit 0" "the functions in INTERNALS.md exist"
{
	cat "$TOP/INTERNALS.md"
	# shellcheck disable=SC2016 # Markdown
	printf '%s\n' '`maps/store/map.c:map_puts`' '`maps/store/maps.c:map_put`' \
		'`lock_timeouts`'
} >"$S/INTERNALS.md"
is "$("$internals" "$S" 2>/dev/null; echo "exit $?")" \
	"INTERNALS.md: no source has the name lock_timeouts
INTERNALS.md: maps/store/map.c has no function map_puts
INTERNALS.md: maps/store/maps.c has no function map_put
exit 1" "  one that does not, or not in this file, is reported"

# A new file is built by its place alone.
for folder in maps/base maps/store maps/lib maps/daemon maps/tool maps/responder \
	maps/opensmtpd maps/cluster maps/judge sweeper uw-patch; do
	: >"$S/$folder/added.c"
done
cp "$TOP/Makefile" "$S"
is "$(cd "$S" && make -n O="$S/o" modules= all 2>&1 |
	sed -n 's,.* -c -o .*/added\.o \(.*\)/added\.c$,\1,p' | sort | tr '\n' ' ')" \
	"maps/base maps/cluster maps/daemon maps/judge maps/lib maps/opensmtpd maps/responder maps/store maps/tool sweeper uw-patch " \
	"a new file in each folder is built in, without a change of the Makefile"
done_testing
