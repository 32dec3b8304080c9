# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Sourced by every scenario: TAP, a scratch folder, and its removal.
#
# A scenario then says which of the files beside this one it needs, "uses servers",
# and ends in "done_testing".  Whatever it started is ended, and its
# scratch folder removed, however it ends.  KEEP=1 keeps the folder of one that
# fails, KEEP=all also of one that does not; its name is printed.

set -u

# Under nohup, in the background, or below a CI system, signals may be ignored, and
# no shell can change that for what it starts.  Where SIGHUP is, the session that
# started this may end before it does: it gets a session of its own.
ignored=$(sed -n 's/^SigIgn:[^0-9a-f]*//p' /proc/$$/status)
if [ "${DEFAULT_SIGNALS:-}" != yes ] && [ "$ignored" != 0000000000000000 ]; then
	DEFAULT_SIGNALS=yes
	export DEFAULT_SIGNALS
	case $ignored in
	*[13579bdf]) exec setsid --wait env --default-signal "$0" "$@" ;;
	*) exec env --default-signal "$0" "$@" ;;
	esac
fi
unset DEFAULT_SIGNALS
# Nor does anything else that it was started with matter.
exec </dev/null
umask 022
LC_ALL=C.UTF-8
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH

# Servers change their user, and namespaces are root's to make.
if [ "$(id -u)" != 0 ]; then
	if command -v sudo >/dev/null; then
		exec sudo env O="${O:-}" CACHE="${CACHE:-}" CI="${CI:-}" \
			KEEP="${KEEP:-}" SOAK_SECONDS="${SOAK_SECONDS:-}" \
			TORTURE_SECONDS="${TORTURE_SECONDS:-}" \
			MODEL="${MODEL:-}" FAULTS="${FAULTS:-}" \
			${AUTHMAP_JUDGE:+AUTHMAP_JUDGE="$AUTHMAP_JUDGE"} "$0" "$@"
	fi
	echo "1..0 # SKIP neither root nor sudo"
	exit "$([ "${CI:-}" = true ] && echo 1 || echo 0)"
fi

TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "$TOP" || exit 1
O=$(cd "${O:-build}" && pwd)
CACHE=$(mkdir -p "${CACHE:-.cache}" && cd "${CACHE:-.cache}" && pwd)

tests=0
failed=0

# A tmpfs if there is one, as the map should have; not one whose programs may
# not be run.
S=
if [ -w /dev/shm ]; then
	S=$(mktemp -d /dev/shm/authmap.XXXXXX)
	cp /bin/true "$S/true"
	"$S/true" 2>/dev/null || { rm -rf "$S"; S=; }
fi
[ -n "$S" ] || S=$(mktemp -d "${TMPDIR:-/tmp}/authmap.XXXXXX")
rm -f "$S/true"
chmod 711 "$S"
pids=

# started PID: is to be ended with the scenario.
started() {
	pids="$pids $1"
}

alive() {
	kill -0 "$1" 2>/dev/null
}

gone() {
	! alive "$1"
}

# ended PID ...: asks each to stop, insists after five seconds.
ended() {
	for pid; do
		kill -CONT "$pid" 2>/dev/null
		kill "$pid" 2>/dev/null
	done
	for pid; do
		for _ in $(seq 100); do
			alive "$pid" || break
			sleep 0.05
		done
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
}

cleanup() {
	status=$?
	# shellcheck disable=SC2086 # words are meant
	ended $pids
	awk -v s="$S/" 'index($2, s) == 1 { print $2 }' /proc/mounts |
		while read -r mount; do
			umount "$mount"
		done
	if [ -e "$S/clock.pids" ]; then
		while read -r pid; do
			rm -f "/dev/shm/faketime_shm_$pid" \
				"/dev/shm/sem.faketime_sem_$pid"
		done <"$S/clock.pids"
	fi
	case ${KEEP:-0},$status in
	all,* | 1,[1-9]*) echo "# the scratch folder is kept: $S" ;;
	*) rm -rf "$S" ;;
	esac
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP PIPE

# uses NAME ...: sources lib/NAME.sh, once, each of which says what it needs itself.
used=" "
uses() {
	for name; do
		case $used in
		*" $name "*) ;;
		*)	used="$used$name "
			# shellcheck source=/dev/null # each is checked by itself
			. "$TOP/test-harness/lib/$name.sh" ;;
		esac
	done
}

ok() {			# ok STATUS NAME
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		failed=$((failed + 1))
		echo "not ok $tests - $2"
	fi
}

is() {			# is GOT WANTED NAME
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || printf '%s\n' "got:    $1" "wanted: $2" | sed 's/^/# /'
}

like() {		# like TEXT EXTENDED-REGEX NAME
	printf '%s\n' "$1" | grep -qE -- "$2"
	set -- $? "$@"
	ok "$1" "$4"
	[ "$1" = 0 ] || printf '%s\n' "got: $2" "wanted: $3" | sed 's/^/# /'
}

unlike() {
	! printf '%s\n' "$1" | grep -qE -- "$2"
	set -- $? "$@"
	ok "$1" "$4"
	[ "$1" = 0 ] || printf '%s\n' "got: $2" "not wanted: $3" | sed 's/^/# /'
}

skip_all() {		# a reason; in CI, what is missing is a failure
	if [ "${CI:-}" = true ]; then
		echo "Bail out! $1"
		exit 1
	fi
	echo "1..0 # SKIP $1"
	exit 0
}

# within SECONDS COMMAND ...: until it succeeds.  SECONDS is more than it takes on an
# idle machine; only on one that is busy, or when it fails, may it take four times as
# long.
within() {
	tries=$(($1 * 80))
	shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

# at_best SECONDS COMMAND ...: COMMAND, which prints how many seconds it took, takes
# less than SECONDS, in one of five runs.  What another process does to it passes; what
# waits for too long by itself does so each time.  $took is the last run's.
at_best() {
	bound=$1
	shift
	for _ in 1 2 3 4 5; do
		took=$("$@") || return 1
		awk -v took="$took" -v bound="$bound" \
			'BEGIN { exit !(took < bound) }' && return 0
		echo "# it took $took s: once more"
	done
	return 1
}

done_testing() {
	echo "1..$tests"
	[ $failed = 0 ]
	exit $?
}

# A clock that a scenario sets: "clock +31m" moves that of everything that was
# started by "$CLOCKED COMMAND ...".  Time spans (CLOCK_MONOTONIC) go on as ever.
CLOCKED=$TOP/test-harness/programs/clocked
CLOCK_FILE=$S/clock
export CLOCK_FILE
clock() {
	echo "$1" >"$CLOCK_FILE.new"
	mv "$CLOCK_FILE.new" "$CLOCK_FILE"
}
clock +0s
