#!/bin/sh
# SPDX-License-Identifier: ISC
# A member of the group, who may write in the map's folder, plants foreign files under
# each name, and cuts, fills and floods the files.  Logins go on, no link is followed,
# and no address may relay from which nobody has logged in.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

gid=$(getent group "$MAP_GROUP" | cut -d : -f 3)
mkdir -m 755 "$S/bin"
cp "$O/authmap" "$S/bin"
# mail COMMAND ...: authmap as a mail process.  evil COMMAND ...: as the attacker.
mail() {
	setpriv --reuid 20001 --regid 20001 --groups "$gid" \
		timeout 30 "$S/bin/authmap" -c "$CONF" "$@"
}
evil() {
	setpriv --reuid 20002 --regid 20002 --groups "$gid" "$@"
}
# evil_sh COMMAND: the attacker runs COMMAND for the file $F.
evil_sh() {
	evil env F="$F" sh -c "$1" 2>"$S/sh"
}

authmap_conf "lock_timeout = 5s" "max_per_user = 5000"
chmod 644 "$CONF"
sweep
mail record 203.0.113.7 joe imap
sweep
ALL="lock gdbm gdbm.new beat failures feed"
FILES=$ALL

# Everybody may write the victim's file.  If a program took its entries, a stranger
# could relay.
now=$(date +%s)
for op in + = !; do
	printf '%s\n' "$op 192.0.2.66 $((now + 1800)) $now imap eve"
done >"$S/victim.new"
fresh_victim() {
	cp "$S/victim.new" "$S/victim"
	chown 20001:20001 "$S/victim"
	chmod 666 "$S/victim"
	touch -d '2001-01-01' "$S/victim"
	victim=$(stat -c '%s %a %u %g %Y' "$S/victim")
}
victim_is_well() {
	[ "$(stat -c '%s %a %u %g %Y' "$S/victim")" = "$victim" ] &&
		cmp -s "$S/victim" "$S/victim.new"
}

number=0
wrong=
wrong() {
	wrong="$wrong ${F##*/relay.}:$1"
}
# An address from which somebody logs in may relay, after a sweep at the latest.  The
# others still may, and the stranger may not.
all_is_well() {
	number=$((number + 1))
	mail record "198.51.100.$number" joe imap 2>>"$S/said" ||
		wrong "record=$?"
	sweep 2>>"$S/said" || sweep 2>>"$S/said" || wrong sweep
	mail record "198.51.101.$number" joe imap 2>>"$S/said" ||
		wrong "again=$?"
	for address in 203.0.113.7 "198.51.100.$number" \
		"198.51.101.$number"; do
		authmap lookup "$address" >"$S/found" 2>&1 ||
			wrong "$address=$?"
	done
	! authmap lookup 192.0.2.66 >"$S/found" || wrong "let-in"
	victim_is_well || wrong followed
	! [ -e "$S/made" ] || wrong made
	rm -rf "$S/run"/*.broken-*
}
verdict() {
	is "$wrong" "" "$1"
	wrong=
}

# planted NAME COMMAND: root runs COMMAND for each file, since the system may not let
# a member do all of it.
planted() {
	for file in $FILES; do
		fresh_victim
		F=$S/run/relay.$file
		rm -rf "$F"
		F=$F V=$S/victim sh -c "$2" || wrong command
		all_is_well
	done
	verdict "planted under each name: $1"
}
# shellcheck disable=SC2016 # the inner shell fills it in
{
	planted "a symbolic link" 'ln -s "$V" "$F"'
	planted "one to nothing" "ln -s '$S/made' \"\$F\""
	planted "a hard link to a file of another user" 'ln "$V" "$F"'
	planted "a FIFO" 'mkfifo -m 666 "$F"'
	planted "a device" 'mknod -m 666 "$F" c 1 3'
	planted "a disk" 'mknod -m 666 "$F" b 7 99'
	planted "a socket" 'python3 -c "
import os, socket
socket.socket(socket.AF_UNIX).bind(os.environ[\"F\"])"'
	planted "a folder" 'mkdir -p "$F/in"'
	planted "a file that may not be opened" \
		'cp "$V" "$F" && chown 20002 "$F" && chmod 600 "$F"'
}
like "$(cat "$S/said")" "relay.lock: is a foreign file; moved aside as" \
	"one line says what was done"

# A lease keeps others from opening a file for up to 45 seconds.
mkdir "$S/evil"
chown 20002 "$S/evil"
cat >"$S/lease" <<-EOF
	import fcntl, os, sys, time
	fd = os.open(sys.argv[1], os.O_RDWR)
	fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
	open(sys.argv[2], "w").close()
	time.sleep(9999)
	EOF
chmod 644 "$S/lease"
# Not every file system has leases.
/usr/bin/python3 "$S/lease" "$S/victim.new" "$S/evil/leased" 2>"$S/leases" &
holder=$!
started $holder
leased_or_ended() {
	[ -e "$S/evil/leased" ] || gone $holder
}
within 10 leased_or_ended
[ -e "$S/evil/leased" ] || FILES=
ended $holder
for file in $FILES; do
	F=$S/run/relay.$file
	rm -f "$S/evil/leased"
	[ -e "$F" ] || : >"$F"
	chown 20002 "$F"
	setpriv --reuid 20002 --regid 20002 --groups "$gid" \
		/usr/bin/python3 "$S/lease" "$F" "$S/evil/leased" &
	holder=$!
	started $holder
	within 10 test -e "$S/evil/leased" || wrong lease
	all_is_well
	ended $holder
done
verdict "leases on files of the attacker: $(tail -n 1 "$S/leases")"
FILES=$ALL

# done_to NAME COMMAND: the attacker runs COMMAND for each file.
done_to() {
	for file in $FILES; do
		F=$S/run/relay.$file
		evil_sh "$2" || wrong "$(cat "$S/sh")"
		all_is_well
	done
	verdict "$1"
}
# shellcheck disable=SC2016 # the inner shell fills it in
{
	done_to "cut to nothing" 'truncate -s 0 "$F"'
	done_to "cut short" 'truncate -s 5000 "$F"'
	done_to "a hole of a gigabyte at the end" 'truncate -s +1G "$F"'
	done_to "garbage in its place" 'head -c 20000 /dev/urandom >"$F"'
	done_to "garbage at its end" 'head -c 20000 /dev/urandom >>"$F"'
	done_to "64 megabytes of it" 'yes garbage | head -c 64M >"$F"'
	done_to "removed" 'rm -f "$F"'
}

# Garbage is appended faster than it could be read.
# shellcheck disable=SC2016 # the inner shell fills it in
setpriv --reuid 20002 --regid 20002 --groups "$gid" sh -c 'while :; do
	yes x | head -c 50M >>"$1" && sleep 0.2 && : >"$1"
	done' sh "$S/run/relay.lock" &
flood=$!
started $flood
F=$S/run/relay.lock
within 10 test -s "$F"
for n in 1 2 3 4 5; do
	mail record 198.51.103.$n joe imap 2>>"$S/said" || wrong "record=$?"
done
ended $flood
all_is_well
verdict "a flood of garbage"

# A map that the mail process may only read.
chown root "$S/run/relay.gdbm"
chmod 640 "$S/run/relay.gdbm"
before=$(authmap lookup 203.0.113.7 | cut -f 4)
within 5 sh -c "[ \$(date +%s) -gt $before ]"
mail record 203.0.113.7 joe imap
is $? 0 "a map that may only be read: a known client is recorded"
[ "$(authmap lookup 203.0.113.7 | cut -f 4)" -gt "$before" ]
is $? 0 "  and may relay for longer"

# A login does not wait until all of many files that were moved aside are examined.
# shellcheck disable=SC2016 # the inner shell fills it in
evil sh -c 'seq -f "$1.broken-%010g" 3000 | xargs touch' sh "$S/run/relay.gdbm"
: >"$S/run/relay.gdbm"
mail record 203.0.113.8 joe imap 2>>"$S/said"
authmap lookup 203.0.113.8 >/dev/null
is $? 0 "a damaged map beside 3,000 that were moved aside: the login is recorded"
[ "$(find "$S/run" -name '*.broken-*' | wc -l)" -gt 1990 ]
is $? 0 "  which has examined a thousand at the most"
done_testing
