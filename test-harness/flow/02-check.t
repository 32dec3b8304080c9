#!/bin/sh
# SPDX-License-Identifier: ISC
# authmap check says what is wrong and how to mend it.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

authmap_conf "socket = $S/socketmap/sock"
like "$(authmap check)" "^wrong +folder .*start authmap-sweeper" "no folder yet"
authmap check >/dev/null
is $? 1 "  is a 1"
sweep
unlike "$(authmap check)" "^wrong" "nothing is wrong after a sweep"
authmap check >/dev/null
is $? 0 "  is a 0"
python3 -c 'import json,sys; assert all(c["is"] != "wrong" for c in json.load(sys.stdin))' <<-EOF
	$(authmap check --json)
	EOF
is $? 0 "  as JSON"

chmod 700 "$S/run"
like "$(authmap check)" "^wrong +folder .* chmod 2770" "the folder's mode"
chgrp root "$S/run"
like "$(authmap check)" "^wrong +folder .*: chgrp $MAP_GROUP" "its group"
chgrp "$MAP_GROUP" "$S/run"
chmod 2770 "$S/run"
touch -d '-10 minutes' "$S/run/relay.beat"
like "$(authmap check)" "^wrong +sweeper .* 600 seconds ago" "a dead sweeper"
sweep
echo garbage >"$S/run/relay.gdbm"
like "$(authmap check)" "^wrong +map .*moves it aside" "a broken map"
authmap record 203.0.113.8 2>/dev/null
like "$(authmap check)" "^wrong +map .*not restored yet.*start authmap-sweeper" \
	"recreated by a login, it is not restored"
sweep 2>/dev/null
unlike "$(authmap check)" "^wrong" "mended by a sweep"
chmod 644 "$S/run/relay.gdbm"
like "$(authmap check)" "^warning +map .*0644.*0660" "the map's mode"
hold_lock
like "$(authmap check)" "^wrong +lock .*held" "somebody holds the lock"
ended "$holder"
like "$(authmap check)" "^warning +responder .*if your MTA asks it" \
	"nobody answers, and perhaps nobody has to"
authmap_conf "group = no-such-group"
like "$(authmap check)" "^wrong +group " "there is no such group"
echo "nonsense" >>"$CONF"
like "$(authmap check 2>&1)" "^wrong +config " "a wrong configuration"
done_testing
