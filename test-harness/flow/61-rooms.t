#!/bin/sh
# SPDX-License-Identifier: ISC
# The sources include only what stands in a lower layer, and no two files include
# each other; lint-rooms reports each include that breaks this.
. "$(dirname "$0")/../lib/tap.sh"

rooms=$TOP/test-harness/tools/lint-rooms
is "$("$rooms"; echo "exit $?")" "exit 0" "the tree has no wrong include"

cp -R "$TOP/maps" "$TOP/sweeper" "$TOP/uw-patch" "$TOP/dovecot-plugin" "$S"
# with_include FILE HEADER NAME REASON: lint-rooms fails once FILE includes HEADER,
# and prints its line.
with_include() {
	cp "$S/$1" "$S/kept"
	echo "#include \"$2\"" >>"$S/$1"
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
done_testing
