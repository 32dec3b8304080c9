#!/bin/sh
# SPDX-License-Identifier: ISC
# Logins, sessions in IDLE, lookups, sweeps, removals, reloads and kills all at
# once, on a real Dovecot: nobody is refused, no stranger let in, nothing lost,
# and no process grows.  "make soak" does so for ten minutes.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

# Ten thousand who stay, so that each sweep and each grant takes its time.
begin "window = 2h" "max_per_user = off"
"$O/test/fill" "$CONF" 10000
# soakload.py knows the window.  A login that waits for two seconds is an error.
authmap_conf "window = 10s" "max_per_user = off" "sweep_interval = 2s" "lock_timeout = 2s" \
	"socket = $S/socketmap/sock"
mkdir "$S/d"
for user in joe amy $(seq -f user%g 0 99); do
	echo "$user:{PLAIN}pw:20001:20001::$S/d/mail/$user::"
done >"$S/d/passwd"
dovecot_start reuse no-penalty soak

# In the background, so that what is told to stop is heard.
"$TOP/test-harness/programs/soak" "$S" "$O" "$dovecot" "$IMAP_PROXY" "$POP3_PROXY" \
	"${SOAK_SECONDS:-20}" 2>&1 &
soak=$!
started $soak
wait $soak
is "$? $(tail -n 1 "$S/verdicts")" "0 end" "it ran"
while read -r wrong name; do
	[ "$wrong" = end ] || ok "$wrong" "$name"
done <"$S/verdicts"
done_testing
