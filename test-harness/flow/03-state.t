#!/bin/sh
# SPDX-License-Identifier: ISC
# On a full or read-only file system, the state cannot be saved.  Logins are
# recorded, the map is swept, and MTAs are answered.  The log, stats and check
# report that the state is not saved.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

old() {
	touch -d '-1 hour' "$@"
}
fresh() {
	[ "$(stat -c %Y "$1")" -gt "$(($(date +%s) - 600))" ]
}

begin "socket = $SOCKET" "max_sweep_age = 20m"
mount -t tmpfs -o "size=64k,mode=2750,uid=$(id -u "$MAP_USER")" \
	-o "gid=$(getent group "$MAP_GROUP" | cut -d : -f 3)" none "$S/state" ||
	skip_all "a tmpfs cannot be mounted"
authmap record 203.0.113.7 joe imap
sweep
is $? 0 "a sweep saves the state"
responder_start
is "$(ask 203.0.113.7)" "OK OK" "an address may relay"
old "$S/run/relay.beat"
like "$(ask 203.0.113.7)" "^TEMP " "  but not if the map was not swept"

# unsaved HOW WHY: the state of an hour ago cannot be replaced.
unsaved() {
	old "$S/run/relay.beat" "$S/state/relay.saved"
	$1
	authmap record 203.0.113.8 amy imap
	is $? 0 "$2: a login is recorded"
	like "$(said sweep)" "^1 .*$S/state/relay.saved: cannot be saved: $2" \
		"  a sweep says that the state is not saved"
	is "$(ask 203.0.113.7)" "OK OK" "  and the map counts as swept"
	like "$(authmap check)" \
		"^wrong +state +$S/state/relay.saved was last saved 3[56]..? seconds before the last sweep, .*: make room in $S/state" \
		"  check reports it"
	like "$(figures state_saved_age)" "^3[56]..$" "  and so does stats"
	like "$(said authmap sweep)" "^2 .*cannot be saved: $2" \
		"  authmap sweep exits with an error"
	like "$(said authmap sweep)" "2 remain" "  but the map is swept"
}
full() {
	head -c 1M /dev/zero >"$S/state/filler" 2>/dev/null
}
unsaved full "No space left on device"
rm "$S/state/filler"
sweep
is $? 0 "  with space again, it is saved"
like "$(authmap check)" "^ok +state" "  as check reports"

read_only() {
	mount -o remount,ro "$S/state"
}
unsaved read_only "Read-only file system"

# The daemon logs a line an hour.
echo "sweep_interval = 1s" >>"$CONF"
sweeper_start
for _ in 1 2 3; do
	old "$S/run/relay.beat"
	within 10 fresh "$S/run/relay.beat"
	is $? 0 "a running sweeper sweeps"
done
is "$(grep -c "cannot be saved: Read-only" "$S/sweeper.log")" 1 \
	"  and logs once that it cannot save"
like "$(authmap check)" "^wrong +state" "  check reports it"
mount -o remount,rw "$S/state"
within 10 fresh "$S/state/relay.saved"
is $? 0 "the daemon keeps trying to save"
like "$(cat "$S/state/relay.saved")" "^= 203.0.113.8 .* amy$" \
	"  and saves when it can"
# The first sweep saves the state; the next ones find no change.
ended "$sweeper"
old "$S/run/relay.gdbm" "$S/state/relay.saved"
sweeper_start
within 10 fresh "$S/state/relay.saved"
old "$S/state/relay.saved"
file=$(stat -c %i "$S/state/relay.saved")
within 10 fresh "$S/state/relay.saved"
is $? 0 "a state that still matches the map counts as saved"
is "$(stat -c %i "$S/state/relay.saved")" "$file" "  without saving it again"
like "$(authmap check)" "^ok +state" "  as check reports"
done_testing
