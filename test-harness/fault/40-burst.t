#!/bin/sh
# 100,000 entries: 500 new logins at once are published in a few copies, none
# is lost; no refresh waits long for a sweep that drops half of them.
. "$(dirname "$0")/../lib/tap.sh"
. "$TOP/test-harness/lib/servers.sh"

authmap_conf "lock_timeout = 10s" "max_per_user = off"
sweep
"$O/test/fill" "$CONF" 100000 50000
is "$(authmap list | wc -l)" 100000 "100,000 entries"

burst=$("$O/test/burst" "$CONF" 500)
ok $? "500 processes log in at once"
echo "# $burst"
[ "$(echo "$burst" | awk '{ print $1 }')" -lt 25 ]
ok $? "  published in fewer than 25 copies"
is "$(authmap list | grep -c '^198.18')" 500 "  none is lost"
# One that was written down twice also counts as a refresh.
is "$(figures grants failures waits)" "500 0 0" "  each is counted"

# A machine that others use may stop us for longer than any sweep does: the best
# of three counts.
sweep_meanwhile() {
	sleep 2		# the brief half is over by now
	"$O/test/refresh-wait" "$CONF" 10.0.0.7 joe >"$S/wait" &
	refresher=$!
	started $refresher
	sleep 0.2
	authmap sweep >"$S/swept"
	sleep 0.2
	kill -TERM $refresher
	wait $refresher
	sed 's/^/# /' "$S/wait"
	[ "$(awk '{ print ($1 > 100 && $3 < 25) }' "$S/wait")" = 1 ]
}
sweep_meanwhile
quick=$?
like "$(cat "$S/swept")" "50500 entries left, 50000 dropped" \
	"a sweep drops half of them"
for _ in 1 2; do
	[ $quick = 0 ] && break
	"$O/test/fill" "$CONF" 100000 50000
	sweep_meanwhile
	quick=$?
done
ok $quick "  no refresh meanwhile takes 25 ms"
done_testing
