#!/bin/sh
# SPDX-License-Identifier: ISC
# Logins, sessions in IDLE, lookups, sweeps, removals, reloads and kills at the same
# time, on a real Dovecot: no login is refused, no stranger may relay, no entry is
# lost, and no process grows.  "make soak" does so for ten minutes.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

# Ten thousand entries that stay, so that sweeps and grants take some time.
begin "window = 2h" "max_per_user = off"
"$O/test/fill" "$CONF" 10000
# soakload.py knows the window.
authmap_conf "window = 10s" "max_per_user = off" "sweep_interval = 2s" "lock_timeout = 10s" \
	"socket = $S/socketmap/sock"
mkdir "$S/d"
for user in joe amy $(seq -f user%g 0 99); do
	echo "$user:{PLAIN}pw:20001:20001::$S/d/mail/$user::"
done >"$S/d/passwd"
dovecot_start reuse no-penalty soak

# In the background, so that this shell acts on a signal.
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
