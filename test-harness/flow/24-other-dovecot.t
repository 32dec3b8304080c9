#!/bin/sh
# SPDX-License-Identifier: ISC
# A plugin that was built for one Dovecot is refused by the other, with a log line
# that names what to install; so is the settings module.  A build that is not
# possible gives the reason.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

case $DOVECOT in
2.3) SUITE=trixie OTHER=2.4 ;;
*) SUITE=bookworm OTHER=2.3 ;;
esac
export SUITE
BARE=yes "$TOP/test-harness/programs/unpack" dovecot-other dovecot-dev dovecot-core ||
	skip_all "Debian's other Dovecot cannot be had"
other=$CACHE/unpacked/dovecot-other/usr

# build CONFIG TARGET ...: build with the dovecot-config CONFIG.
build() {
	config=$1
	shift
	make -s O="$S/build" DOVECOT_CONFIG="$config" "$@" 2>&1
}
headers() {		# headers FOLDER: writes a dovecot-config that names it
	echo "dovecot_pkgincludedir=$1"
	echo "dovecot_moduledir=/usr/lib/dovecot/modules"
}

headers "$other/include/dovecot" >"$S/other"
plugin=$S/build/lib_authmap_plugin.so
module=$S/build/libauthmap_settings.so
build "$S/other" all >"$S/out"
is $? 0 "the plugin is built for Dovecot $OTHER"
unlike "$(cat "$S/out")" "warning" "  without a warning"

begin
PLUGIN=$plugin
dovecot_start
like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7)" \
	"initialization failed|Internal error" "Dovecot $DOVECOT does not load it"
dovecot_logged \
	"Module is for different ABI version $OTHER\..*, install authmap \(dovecot-authmap\) built for this Dovecot \(we have $DOVECOT\." \
	"  and logs what to install"
is "$(authmap list)" "" "  no address may relay"
dovecot_stop

build "$(ls /usr/lib/dovecot/dovecot-config)" "$plugin" >"$S/out"
is $? 0 "it is built again, in the same folder, for Dovecot $DOVECOT"
dovecot_start
like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7)" "Logged in" \
	"  which loads it"
authmap lookup 203.0.113.7 >/dev/null
is $? 0 "  and the login is recorded"
dovecot_stop

if [ -e "$module" ]; then
	MODULE=$module
	export MODULE
	dovecot_start 2>/dev/null >"$S/tap"
	like "$(cat "$S/d/out")" \
		"libauthmap_settings.so.* different ABI version 2.4.*, install authmap" \
		"with the settings module, too, it logs what to install"
	ended "$dovecot"
fi

mkdir -p "$S/new"
echo '#define DOVECOT_VERSION "2.5.0"' >"$S/new/config.h"
headers "$S/new" >"$S/new/dovecot-config"
out=$(build "$S/new/dovecot-config" all)
ok $((! $?)) "it is not built for an unknown Dovecot"
like "$out" "^the plugin is for Dovecot 2.3 and 2.4, and this is 2.5.0: install" \
	"  and one line gives the reason"
is "$(echo "$out" | grep -cv "^make")" 1 "  and no other"
out=$(build "" all)
ok $((! $?)) "nor is it built without Dovecot's headers"
like "$out" "^no dovecot-config is found: install dovecot-dev, or " \
	"  and one line names the remedy"
build "" all modules= >/dev/null
ok $? "the other programs are built without them"
done_testing
