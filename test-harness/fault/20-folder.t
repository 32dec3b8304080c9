#!/bin/sh
# SPDX-License-Identifier: ISC
# The map's folder is missing, not writable or full, or the map is damaged: a login
# works, one line is logged, and nothing is granted.  When the cause is gone, the next
# login is recorded.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
dovecot_start
number=0

# trouble NAME REGEX: a login while NAME is wrong logs a line like REGEX.
trouble() {
	number=$((number + 1))
	address=203.0.113.$number
	: >"$S/d/log"
	like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from "$address")" \
		"Logged in" "$1: the login works"
	within 10 grep -qE "Error|Warning|Panic|Fatal" "$S/d/log"
	sleep 0.3
	is "$(grep -cE "Error|Warning|Panic|Fatal" "$S/d/log")" 1 \
		"  one line is logged"
	like "$(cat "$S/d/log")" "Error: authmap: .*$2" "  which says why"
	! authmap lookup "$address" >/dev/null 2>&1
	is $? 0 "  nothing is granted"
}

mended() {
	client imap 127.0.0.1 "$IMAP_PROXY" --from "$address" >/dev/null
	authmap lookup "$address" >/dev/null
	is $? 0 "  the next login is recorded"
}

mv "$S/run" "$S/away"
trouble "no folder" "203.0.113.1 is not recorded: .*relay.lock: No such file"
mv "$S/away" "$S/run"
mended

chmod 2751 "$S/run"
chmod 640 "$S/run"/*
trouble "a folder that may not be written" "Permission denied"
chmod 2770 "$S/run"
chmod 660 "$S/run"/*
mended

chgrp daemon "$S/run" "$S/run"/*
trouble "the wrong group" "Permission denied"
chgrp "$MAP_GROUP" "$S/run" "$S/run"/*
mended

# Another user's files in the place of the map's.
for file in lock gdbm; do
	: >"$S/d/log"
	number=$((number + 1))
	rm -f "$S/run/relay.$file"
	echo mine >"$S/run/relay.$file"
	chmod 600 "$S/run/relay.$file"
	client imap 127.0.0.1 "$IMAP_PROXY" --from "203.0.113.$number" >/dev/null
	authmap lookup "203.0.113.$number" >/dev/null
	is $? 0 "a relay.$file that may not be opened: the login is recorded"
	dovecot_logged "relay.[a-z]+: (is a foreign file|may not be read); moved aside as" \
		"  it is moved aside"
done

# A small file system, which is full.
dovecot_stop
rm -r "$S/run"
mkdir "$S/run"
if mount -t tmpfs -o size=256k,mode=2770,gid="$(getent group "$MAP_GROUP" |
	cut -d : -f 3)" none "$S/run" 2>"$S/mount"; then
	sweep
	dovecot_start
	client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.200 >/dev/null
	head -c 1M /dev/zero >"$S/run/filler" 2>/dev/null
	trouble "a full folder" "No space left on device"
	client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.200 >/dev/null
	authmap lookup 203.0.113.200 >/dev/null
	is $? 0 "  an address in the map may relay, and is refreshed"
	rm "$S/run/filler"
	mended
	unlike "$(ls "$S/run")" "new" "  and nothing is left behind"
else
	ok 1 "a tmpfs can be mounted: $(cat "$S/mount")"
fi

# Damaged: moved aside and recreated; the sweeper restores what was saved.
sweep
for how in "truncate -s 5000" "truncate -s 0" "shred -n 1 -s 16384" rm; do
	: >"$S/d/log"
	number=$((number + 1))
	$how "$S/run/relay.gdbm"
	like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from "198.51.100.$number")" \
		"Logged in" "$how: the login works"
	authmap lookup "198.51.100.$number" >/dev/null
	is $? 0 "  it may relay"
	within 10 grep -q "Logged out" "$S/d/log"
	[ "$(grep -cE "Error: authmap: " "$S/d/log")" -le 1 ]
	is $? 0 "  one line at the most is logged as an error"
	sweep 2>/dev/null
	authmap lookup 203.0.113.200 >/dev/null
	is $? 0 "  a sweep restores the saved entries"
done
[ "$(ls -d "$S/run"/relay.gdbm.broken-* | wc -l)" = 3 ]
is $? 0 "the broken ones are kept"
# The saved state is in order, but cannot be opened once.
dovecot_stop
rm -rf "$S/run" "$S/state"
sweep
authmap record 203.0.113.7 joe imap
sweep
rm "$S/run/"*
strace -f -o /dev/null -P "$S/state/relay.saved" -e inject=openat:error=EACCES \
	"$O/authmap-sweeper" -c "$CONF" --once 2>"$S/err"
like "$(cat "$S/err")" "relay.saved: cannot be restored yet" \
	"the saved state cannot be opened: the sweep says so"
is "$(ls "$S/state")" "relay.saved" "  and leaves it where it is"
sweep 2>/dev/null
is "$(authmap list | cut -f 1,2)" "203.0.113.7	joe" "  the next one restores it"
done_testing
