#!/bin/sh
# SPDX-License-Identifier: ISC
# authmap stats counts real logins: those of new and of known addresses, and those
# that could not be recorded.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
dovecot_start

# is_soon NAME WANTED FIGURE ...: wait for the figures, which the end of a session
# changes.
is_soon() {
	name=$1
	wanted=$2
	shift 2
	# shellcheck disable=SC2317 # within runs it
	soon() { [ "$(figures "$@")" = "$wanted" ]; }
	within 10 soon "$@"
	is "$(figures "$@")" "$wanted" "$name"
}

is "$(figures entries users grants refreshes failures)" "0 0 0 0 0" \
	"before any login"
for login in "203.0.113.7 joe" "203.0.113.8 amy" "2001:db8::9 joe"; do
	client imap 127.0.0.1 "$IMAP_PROXY" --from "${login% *}" \
		--user "${login#* }" >/dev/null
done
is_soon "three logins, too short to be refreshed when they end" "3 2 3 0" \
	entries users grants refreshes
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 >/dev/null
is_soon "one from a known address" "3 2 3 1" entries users grants refreshes
is "$(figures failures)" 0 "no login failed"

chmod 2551 "$S/run"
chmod 600 "$S/run/relay.lock"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.10 >/dev/null
is_soon "a login that cannot be recorded, also not at its end" "2 3 3" \
	failures entries grants
chmod 660 "$S/run/relay.lock"
chmod 2770 "$S/run"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.10 >/dev/null
is_soon "  once it can" "2 4 4 1" failures entries grants refreshes
client imap 127.0.0.1 "$IMAP_PROXY" --from 127.0.0.1 >/dev/null
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.12 --password no >/dev/null
is "$(figures failures entries grants refreshes)" "2 4 4 1" \
	"an excluded address and a wrong password are not counted"
done_testing
