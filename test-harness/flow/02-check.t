#!/bin/sh
# SPDX-License-Identifier: ISC
# authmap check reports errors of the map and its surroundings, and the remedies.
# For the servers, see 28-check-dovecot, 48-check-postfix and 48-check-exim.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

# In a plain chroot, / is no mount, and cannot be made private.
apart=
unshare -m true 2>/dev/null || apart="--propagation unchanged"
# check [OPTION ...]: on a host without Dovecot.
check() {
	# shellcheck disable=SC2016,SC2086 # the inner shell fills it in; words are
	# meant
	unshare -m $apart sh -c '
		for program in doveconf postconf exim4 exim; do
			path=$(command -v $program) &&
				mount --bind /dev/null "$path"
		done
		exec "$@"' - "$O/authmap" -c "$CONF" check "$@"
}

authmap_conf "socket = $S/socketmap/sock"
like "$(check)" "^wrong +folder .*: install -d -o $MAP_USER -g $MAP_GROUP -m 2770 $S/run\$" \
	"the folder is missing: check prints the command that makes it"
check >"$S/out"
is $? 2 "  and exits 2"
sweep
check >"$S/out"
is $? 1 "after a sweep, only the responder does not answer: check exits 1"
like "$(head -n 1 "$S/out")" "^authmap: warning: 0 wrong, 1 warnings, [0-9]+ ok$" \
	"  the first line is the summary"
like "$(cat "$S/out")" "^ok +dovecot +is not installed" "  Dovecot is not installed"
"$O/authmap-socketmapd" -f -c "$CONF" 2>"$S/responder.log" &
responder=$!
started $responder
within 10 "$TOP/test-harness/programs/socketmap" "$S/socketmap/sock" "relay nobody"
check >"$S/out"
is $? 0 "a responder answers: check exits 0"
python3 -c 'import json,sys; assert [c for c in json.load(sys.stdin) if c["what"] == "map" and c["is"] == "ok"]' <<-EOF
	$(check --json)
	EOF
is $? 0 "  as JSON"

# ----- a probe without an MTA ---------------------------------------------------
check --probe 203.0.113.77 >"$S/out"
is "$?, $(authmap list)" "0, " "a probe leaves no entry"
check --probe 127.0.0.1 >"$S/out"
like "$?, $(cat "$S/out")" "^wrong +probe +127.0.0.1 is in exclude" \
	"an excluded address is not probed"
authmap block 203.0.113.77 2>"$S/err"
like "$(check --probe 203.0.113.77)" "^wrong +probe +203.0.113.77 is blocked" \
	"  nor a blocked one"
like "$(check --probe nobody)" '^wrong +probe +"nobody" is not an address' \
	"  nor what is not an address"
like "$(check)" "^ok +blocks +1 in force" "a block in force is counted"
sed -i 's/^[0-9]*/0000000001/' "$S/state/relay.blocks"
like "$(check)" "^ok +blocks +0 in force" "  but not an expired one"
authmap_conf "socket = $S/socketmap/sock" "users = @printers.example.org"
like "$(check --probe 203.0.113.78)" "^authmap: ok: " \
	"a probe if only some users' logins are recorded"
echo "# nobody" >"$S/users"
authmap_conf "socket = $S/socketmap/sock" "users_file = $S/users"
like "$(check --probe 203.0.113.78)" "^wrong +probe +203.0.113.78 cannot be recorded: no user is listed" \
	"  but not if no user is listed"
authmap_conf "socket = $S/socketmap/sock" "max_entries = 1"
like "$(check --probe 203.0.113.75)" "^wrong +probe +203.0.113.75 cannot be recorded: the map is full" \
	"  nor if the map is full"
authmap_conf "socket = $S/socketmap/sock"
hold_lock
like "$(check --probe 203.0.113.78)" "^wrong +probe +203.0.113.78 cannot be recorded: see the lines about the map and its lock" \
	"  nor while another process holds the lock"
ended "$holder"
ended $responder

chmod 700 "$S/run"
like "$(check)" "^wrong +folder .* chmod 2770" "a wrong mode of the folder"
chgrp root "$S/run"
like "$(check)" "^wrong +folder .*: chgrp $MAP_GROUP" "a wrong group of the folder"
chgrp "$MAP_GROUP" "$S/run"
chmod 2770 "$S/run"
touch -d '-10 minutes' "$S/run/relay.beat"
like "$(check)" "^wrong +sweeper .* [6-9][0-9]{2} seconds ago" "a dead sweeper"
sweep
echo garbage >"$S/run/relay.gdbm"
like "$(check)" "^wrong +map .*moves it aside" "a damaged map"
authmap record 203.0.113.8 2>/dev/null
like "$(check)" "^wrong +map .*not restored yet.*: start authmap-sweeper" \
	"a login recreates it, but it is not restored"
sweep 2>/dev/null
unlike "$(check)" "^wrong" "a sweep restores it"
[ -z "$AUTHMAP_JUDGE" ] || {
	like "$(check)" "^ok +map +libgdbm can read $S/run/relay.gdbm" "libgdbm can read it"
	like "$(AUTHMAP_JUDGE=$S/none check)" \
		"^warning +map +libgdbm cannot be asked: $S/none: .*: install authmap-judge and libgdbm" \
		"  or cannot be asked"
}
chmod 644 "$S/run/relay.gdbm"
like "$(check)" "^warning +map .*0644.*0660" "a wrong mode of the map"
hold_lock
like "$(check)" "^wrong +lock .*another process holds it" "a process holds the lock"
ended "$holder"
like "$(check)" "^warning +responder .*: start authmap-socketmapd" \
	"no process answers"
mv "$S/state/relay.saved" "$S/saved"
like "$(check)" "^warning +state +$S/state/relay.saved: No such file or directory: run authmap sweep" \
	"no state was saved yet"
mv "$S/run/relay.beat" "$S/beat"
like "$(check)" "^wrong +sweeper +the map was never swept: start authmap-sweeper as root" \
	"the map was never swept"
authmap_conf "group = no-such-group"
like "$(check)" "^wrong +group +there is no group no-such-group: make it, or set group = in $CONF" \
	"a group that does not exist"

# With systemd, the commands are its own.
echo "cluster = redis://127.0.0.1" >>"$CONF"
like "$(check)" "^wrong +cluster +$S/run/relay.cluster: No such file or directory: start authmap-cluster as root" \
	"authmap-cluster was never started"
systemd_check() {
	# shellcheck disable=SC2016,SC2086 # as in check
	unshare -m $apart sh -c 'mount -t tmpfs tmpfs /run &&
		mkdir -p /run/systemd/system && exec "$@"' - "$O/authmap" -c "$CONF" check
}
systemd_check >"$S/out"
like "$(cat "$S/out")" "^wrong +group +.*: systemd-sysusers, or set group" \
	"  with systemd, its command makes the group"
like "$(cat "$S/out")" "^wrong +sweeper +the map was never swept: systemctl start authmap-sweeper.service" \
	"  its command starts the sweeper"
like "$(cat "$S/out")" "^wrong +cluster +.*: systemctl start authmap-cluster.service" \
	"  and authmap-cluster"
echo "nonsense" >>"$CONF"
like "$(check 2>&1)" "^wrong +config " "a wrong configuration"
done_testing
