#!/bin/sh
# relay.users is missing, garbage, or something else: every login works and is
# recorded, a line at the most is logged, and the limit holds again at once.
. "$(dirname "$0")/../lib/tap.sh"
. "$TOP/test-harness/lib/servers.sh"

authmap_conf "max_per_user = 3"
sweep
dovecot_start
number=0
users=$S/run/relay.users

# Not to be called in a subshell, which would not count on.
login() {
	number=$((number + 1))
	client imap 127.0.0.1 "$IMAP_PROXY" --from "203.0.113.$number" \
		>"$S/client" 2>&1
}
for _ in 1 2 3; do
	login
done

for how in "rm" "truncate -s 0" "truncate -s 5000" "truncate -s -50" \
	"shred -n 1" "truncate -s 1G" "ln -sf /etc/passwd" "mkfifo" "mkdir" \
	"chmod 000"; do
	: >"$S/d/log"
	case $how in
	mk*)	rm -f "$users" ;;
	esac
	$how "$users"
	[ "$how" != "chmod 000" ] || chown root "$users"
	login
	like "$(cat "$S/client")" "Logged in" "$how: a login works"
	authmap lookup "203.0.113.$number" >/dev/null
	is $? 0 "  and is recorded"
	login
	is "$(authmap list | wc -l)" 3 "  the limit holds"
	[ "$(grep "Error" "$S/d/log" | grep -vc "is reached")" -le 1 ]
	is $? 0 "  one line at the most is logged of it"
	unlike "$(cat "$S/d/log")" "Panic|Fatal" "  and nothing worse"
done
is "$(head -c 4 /etc/passwd)" root "nothing was written through a link"

dovecot_stop

# It cannot be written: who logs in is let in, and the next one makes it anew.
rm -f "$users"
for call in 1 2 3 4; do
	strace -f -o /dev/null -P "$users" \
		-e inject=pwrite64:error=ENOSPC:when="$call" \
		"$O/authmap" -c "$CONF" record "198.51.100.$call" joe imap \
		2>"$S/err"
	is $? 0 "no room for write number $call: a login is recorded"
	like "$(cat "$S/err")" "relay.users: No space left on device: no limit holds before it is made anew" \
		"  it is said"
	authmap lookup "198.51.100.$call" >/dev/null
	is $? 0 "  it may relay"
	[ ! -e "$users" ]
	is $? 0 "  nothing half-written is left"
	authmap record "198.51.100.10$call" joe imap 2>/dev/null
	is "$(authmap list | wc -l)" 3 "  the next one keeps the limit"
done

# Killed by SIGKILL while it is made: the next one makes it.
rm -r "$S/run" "$S/state"
sweep
authmap record 203.0.113.201 joe imap
head -c 140000 /dev/zero >"$users"
authmap record 203.0.113.202 joe imap 2>"$S/err"
authmap record 203.0.113.203 joe imap 2>>"$S/err"
is "$(cat "$S/err")" "" "one that was never finished: nothing is said"
authmap record 203.0.113.204 joe imap 2>"$S/err"
like "$(cat "$S/err")" "max_per_user = 3 is reached" "  and the limit holds"

# The map with what was counted is not published.
unpublished() {		# unpublished FAULT ADDRESS USER
	strace -f -o /dev/null -P "$S/run/relay.fresh" -e inject=rename:"$1" \
		"$O/authmap" -c "$CONF" record "$2" "$3" imap >/dev/null 2>&1
}
count() {
	authmap list | cut -f 2 | grep -cx "$1"
}
authmap remove --user joe >/dev/null
for address in 203.0.113.1 203.0.113.2 203.0.113.3; do
	authmap record $address ann imap
done
unpublished signal=KILL 203.0.113.1 joe
authmap record 203.0.113.4 ann imap 2>/dev/null
is "$(count ann)" 3 "a writer is killed: another user's limit holds"
authmap record 203.0.113.11 joe imap
for _ in 1 2 3; do
	unpublished error=EPERM 203.0.113.12 joe
done
for address in 203.0.113.12 203.0.113.13; do
	authmap record $address joe imap 2>"$S/err"
done
is "$(count joe), $(cat "$S/err")" "3, " \
	"what could not be published, again and again, counts once"

# One that tells of far too many.
for name in bob eve; do
	authmap remove --user $name >/dev/null 2>&1
done
printf '\377\377\17\0\377\377\17\0' |
	dd of="$users" bs=1 seek=8 conv=notrunc 2>/dev/null
sweep
[ "$(od -An -t u4 -j 8 -N 4 "$users")" -lt 100 ]
is $? 0 "a total that is far too high is mended by a sweep"
done_testing
