#!/bin/sh
# SPDX-License-Identifier: ISC
# A file that is planted in the place of the counters does no harm: a login works and
# is recorded, only that it was moved aside is logged, and counting goes on.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
dovecot_start
echo precious >"$S/victim"
chmod 666 "$S/victim"
number=0

# count NAME: print the counter NAME of authmap stats.
count() {
	authmap stats | sed -n "s/^$1 *//p"
}

# not_recorded: PAM opens a session without a valid address.  It exits 0, since PAM
# lets the user in all the same.
not_recorded() {
	PAM_TYPE=open_session PAM_RHOST=nonsense PAM_USER=joe timeout 30 \
		"$O/authmap" -c "$CONF" record --pam 2>/dev/null
}

# planted HOW COMMAND: COMMAND plants a file.  Then one login is recorded, and one is
# not.
planted() {
	number=$((number + 1))
	rm -rf "$S/run/relay.failures"
	(cd "$S/run" && sh -c "$2") || ok 1 "$2"
	: >"$S/d/log"
	client imap 127.0.0.1 "$IMAP_PROXY" --from "203.0.113.$number" \
		>"$S/answer"
	like "$(cat "$S/answer")" "Logged in" "$1 as relay.failures: a login works"
	authmap lookup "203.0.113.$number" >/dev/null
	is $? 0 "  it is recorded"
	unlike "$(cat "$S/d/log")" "Error|Warning|Panic|Fatal" \
		"  and nothing is said"
	not_recorded
	is $? 0 "  one that cannot be recorded fails without waiting"
	like "$(count failures)" "^[0-9]+$" "  authmap stats works"
	sweep
	not_recorded
	like "$(count failures)" "^[1-9]$" "  and counts from the next sweep on"
}

planted "a link" "ln -s $S/victim relay.failures"
planted "a FIFO" "mkfifo relay.failures"
planted "a folder" "mkdir -p relay.failures/in"
planted "a gigabyte" "truncate -s 1G relay.failures"
planted "a file of another user" "touch relay.failures; chmod 600 relay.failures"
is "$(cat "$S/victim")" precious "nothing was written through a link"

for garbage in "head -c 9999 /dev/urandom" "echo since 1" "head -c 153 /dev/zero" \
	"yes 9999999999999999"; do
	$garbage 2>/dev/null | head -c 9999 >"$S/run/relay.lock"
	is "$(count grants)" 0 "\"$garbage\" in relay.lock counts as zero"
	client imap 127.0.0.1 "$IMAP_PROXY" --from 198.51.100.1 >/dev/null
	like "$(count refreshes)$(count grants)" "[1-9]" "  counting begins again"
	authmap lookup 198.51.100.1 >/dev/null
	is $? 0 "  and a login is recorded"
done
is "$(ls "$S/run" | grep -vc broken)" 4 "no other file is left"
done_testing
