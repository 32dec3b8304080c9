#!/bin/sh
# SPDX-License-Identifier: ISC
# What is planted where the writers count does no harm: a login works and is
# recorded, nothing is logged but what became of it, and the count goes on.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
dovecot_start
echo precious >"$S/victim"
chmod 666 "$S/victim"
number=0

# count NAME: what stats says of it.
count() {
	authmap stats | sed -n "s/^$1 *//p"
}

# not_recorded: a session that PAM opened for no address.  It exits 0: PAM lets the
# user in all the same.
not_recorded() {
	PAM_TYPE=open_session PAM_RHOST=nonsense PAM_USER=joe timeout 30 \
		"$O/authmap" -c "$CONF" record --pam 2>/dev/null
}

# planted HOW COMMAND: a login, and one that is not recorded.
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
	is $? 0 "  one that fails, fails, and waits for nothing"
	like "$(count failures)" "^[0-9]+$" "  stats goes on"
	sweep
	not_recorded
	like "$(count failures)" "^[1-9]$" "  and counts from the next sweep on"
}

planted "a link" "ln -s $S/victim relay.failures"
planted "a FIFO" "mkfifo relay.failures"
planted "a folder" "mkdir -p relay.failures/in"
planted "a gigabyte" "truncate -s 1G relay.failures"
planted "another's file" "touch relay.failures; chmod 600 relay.failures"
is "$(cat "$S/victim")" precious "nothing was written through a link"

for garbage in "head -c 9999 /dev/urandom" "echo since 1" "head -c 153 /dev/zero" \
	"yes 9999999999999999"; do
	$garbage 2>/dev/null | head -c 9999 >"$S/run/relay.lock"
	is "$(count grants)" 0 "\"$garbage\" in relay.lock counts for nothing"
	client imap 127.0.0.1 "$IMAP_PROXY" --from 198.51.100.1 >/dev/null
	like "$(count refreshes)$(count grants)" "[1-9]" "  it begins anew"
	authmap lookup 198.51.100.1 >/dev/null
	is $? 0 "  and a login is recorded"
done
is "$(ls "$S/run" | grep -vc broken)" 4 "no other file is left"
done_testing
