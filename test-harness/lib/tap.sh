# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Every scenario sources this file: it has the functions for TAP, and makes and
# removes the scratch folder.
#
# A scenario then names the files beside this one that it needs, as in
# "uses servers", and ends with "done_testing".  However it ends, the processes that
# it started are ended, and its scratch folder is removed.  KEEP=1 keeps the folder
# if the scenario fails, KEEP=all in any case; its name is printed.

set -u

# Under nohup, in the background, or in a CI system, signals may be ignored.  A shell
# cannot change that for the programs that it starts, so start this script again.  If
# SIGHUP is ignored, the session that started this script may end first: use a new
# session.
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
# Do not depend on the input, umask, locale and PATH of the caller.
exec </dev/null
umask 022
LC_ALL=C.UTF-8
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH

# Only root can change the user of servers and make namespaces.
if [ "$(id -u)" != 0 ]; then
	if command -v sudo >/dev/null; then
		exec sudo env O="${O:-}" CACHE="${CACHE:-}" CI="${CI:-}" \
			KEEP="${KEEP:-}" SOAK_SECONDS="${SOAK_SECONDS:-}" \
			TORTURE_SECONDS="${TORTURE_SECONDS:-}" \
			READERS_SECONDS="${READERS_SECONDS:-}" \
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

# The scratch folder, on a tmpfs if there is one that allows programs to run.
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
# By this, what it has started is known at its end.
AUTHMAP_SCENARIO=$S
export AUTHMAP_SCENARIO

# started PID: end this process when the scenario ends.
started() {
	pids="$pids $1"
}

alive() {
	kill -0 "$1" 2>/dev/null
}

gone() {
	! alive "$1"
}

# stop PID: stop this process, and wait until it has stopped.
stop() {
	kill -STOP "$1"
	within 10 is_stopped "$1"
}
is_stopped() {
	grep -q "^State:	T" "/proc/$1/status"
}

# uptime_cs: print the time since boot, in hundredths of a second.
uptime_cs() {
	awk '{ print int($1 * 100) }' /proc/uptime
}

# ended PID ...: send SIGTERM to each, and SIGKILL if it runs twenty seconds later.
ended() {
	for pid; do
		kill -CONT "$pid" 2>/dev/null
		kill "$pid" 2>/dev/null
	done
	for pid; do
		for _ in $(seq 400); do
			alive "$pid" || break
			sleep 0.05
		done
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
}

# left_running: print the processes of this scenario, except its shells.  grep finds
# itself, too, and has ended when each is looked at.
left_running() {
	pids_found=$(grep -lzsxF "AUTHMAP_SCENARIO=$S" /proc/[0-9]*/environ |
		cut -d / -f 3)
	for pid in $pids_found; do
		! alive "$pid" || echo "$pid"
	done
}

# none_left: a test that leaves a process behind has failed, whatever it showed.  Those
# of servers that have ended may take some time on a busy machine.
none_left() {
	for _ in $(seq 600); do
		left=$(left_running)
		[ -n "$left" ] || return 0
		sleep 0.05
	done
	for pid in $left; do
		echo "# left running: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
		kill -9 "$pid"
	done
	return 1
}

cleanup() {
	status=$?
	# shellcheck disable=SC2086 # words are meant
	ended $pids
	none_left || status=1
	awk -v s="$S/" 'index($2, s) == 1 { print $2 }' /proc/mounts | tac |
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
	exit "$status"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP PIPE

# uses NAME ...: source each lib/NAME.sh once.  These files name what they need, too.
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

skip_all() {		# skip_all REASON: skip the scenario; in CI, fail
	if [ "${CI:-}" = true ]; then
		echo "Bail out! $1"
		exit 1
	fi
	echo "1..0 # SKIP $1"
	exit 0
}

# within SECONDS COMMAND ...: run COMMAND until it succeeds.  SECONDS is longer than
# this takes on an idle machine.  Give up after four times as long, which only a busy
# machine needs.
within() {
	tries=$(($1 * 80))
	shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

# at_best SECONDS COMMAND ...: COMMAND prints how many seconds it took.  Succeed if
# this is less than SECONDS in one of five runs: other processes may delay one run,
# but a wait of COMMAND itself delays each.  $took is the time of the last run.
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

# clock OFFSET: set the clock of the processes that were started by
# "$CLOCKED COMMAND ...", as in "clock +31m".  CLOCK_MONOTONIC is not changed.
CLOCKED=$TOP/test-harness/programs/clocked
CLOCK_FILE=$S/clock
export CLOCK_FILE
clock() {
	echo "$1" >"$CLOCK_FILE.new"
	mv "$CLOCK_FILE.new" "$CLOCK_FILE"
}
clock +0s
