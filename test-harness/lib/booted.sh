# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# A bare Debian that has booted in namespaces, see programs/booted.

F=$S/f

# inside COMMAND ...: run COMMAND in the Debian.
inside() {
	nsenter -t "$(cat "$F/pid")" -a -r -w env -i HOME=/root \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		DEBIAN_FRONTEND=noninteractive "$@"
}

# in_network COMMAND ...: run COMMAND of this machine in the Debian's network.
in_network() {
	nsenter -t "$(cat "$F/pid")" -n "$@"
}

boot_is_up() {
	! alive "$booted" || {
		test -e "$F/pid" &&
			inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'
	}
}

# boot_start: boot the Debian.  Skip the scenario if that is not possible here.
boot_start() {
	mkdir "$F"
	"$TOP/test-harness/programs/booted" "$F" >"$S/booted.log" 2>&1 &
	booted=$!
	started $booted
	within 300 boot_is_up
	alive $booted ||
		skip_all "a Debian cannot be booted here: $(tail -n 1 "$S/booted.log")"
}

# reboot_it: reboot the Debian as its administrator would.
reboot_it() {
	before=$(cat "$F/pid")
	inside systemctl reboot 2>/dev/null
	within 60 other_boot && within 60 boot_is_up && alive "$booted"
}
other_boot() {
	test -e "$F/pid" && [ "$(cat "$F/pid")" != "$before" ]
}
