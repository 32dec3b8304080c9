#!/bin/sh
# SPDX-License-Identifier: ISC
# An Exim session that stalls after RCPT, with the map open, delays no login, though a
# login may wait for ten seconds here.  While a thousand grants a second are stored, no
# lookup of Exim fails.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin "map_mode = 0664" "max_per_user = off" "lock_timeout = 10s"
dovecot_start
exim_start || skip_all "Exim cannot be built here"

authmap record 203.0.113.7 joe imap
nsenter -t "$mta" -n "$CLIENT" smtp 127.0.0.1 "$SMTP" --from 203.0.113.7 \
	--stall --hold 9999 >"$S/stalled" &
stalled=$!
started $stalled
within 10 grep -q "^250" "$S/stalled"
is $? 0 "a session stalls after RCPT"
at_best 2 client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.8 --time
ok $? "a login meanwhile takes $took s"
authmap lookup 203.0.113.8 >/dev/null
is $? 0 "  and is granted at once"
like "$(relay 203.0.113.8)" "^250" "  so that it may relay"
alive $stalled
is $? 0 "  the session still stalls"
ended $stalled

# 1,000 grants a second for ten seconds, or as many as the machine has time for.
"$O/test/pace" "$CONF" 1000 10 >"$S/pace" &
pace=$!
started $pace
replies=$(smtp_client smtp 127.0.0.1 "$SMTP" --from 203.0.113.7 --repeat 9)
wait $pace
sed 's/^/# /' "$S/pace"
like "$(cat "$S/pace")" "^10000 granted" "ten thousand logins are granted"
echo "# $(echo "$replies" | sort | uniq -c | tr '\n' ' ')"
is "$(echo "$replies" | cut -c 1-3 | sort -u)" 250 \
	"each lookup of Exim meanwhile is right"
unlike "$(cat "$S/e/log/mainlog")" "(^| )451 |temporarily rejected" \
	"no 451 in its log"
done_testing
