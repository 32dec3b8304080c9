# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Sourced after tap.sh: a bare Debian that has booted, see programs/booted.

F=$S/f

# inside COMMAND ...: in the Debian that has booted
inside() {
	nsenter -t "$(cat "$F/pid")" -a -r -w env -i HOME=/root \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		DEBIAN_FRONTEND=noninteractive "$@"
}

# in_network COMMAND ...: this machine's, in its network
in_network() {
	nsenter -t "$(cat "$F/pid")" -n "$@"
}

boot_is_up() {
	! alive "$booted" || {
		test -e "$F/pid" &&
			inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'
	}
}

# boot_start: skips all if it cannot be booted here.
boot_start() {
	mkdir "$F"
	"$TOP/test-harness/programs/booted" "$F" >"$S/booted.log" 2>&1 &
	booted=$!
	started $booted
	within 300 boot_is_up
	alive $booted ||
		skip_all "a Debian cannot be booted here: $(tail -n 1 "$S/booted.log")"
}

# reboot_it: as its administrator does.
reboot_it() {
	before=$(cat "$F/pid")
	inside systemctl reboot 2>/dev/null
	within 60 other_boot && within 60 boot_is_up && alive "$booted"
}
other_boot() {
	test -e "$F/pid" && [ "$(cat "$F/pid")" != "$before" ]
}
