#!/bin/sh
# SPDX-License-Identifier: ISC
# The alerts and the dashboard of conf.d/prometheus: Prometheus' promtool accepts
# them, each alert fires when it should, and stats prints each figure.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

"$TOP/test-harness/programs/unpack" prometheus prometheus prometheus-node-exporter ||
	skip_all "prometheus cannot be had"
promtool() {
	"$CACHE/unpacked/prometheus/usr/bin/promtool" "$@" >"$S/out" 2>&1
	set -- $?
	[ "$1" = 0 ] || sed 's/^/# /' "$S/out"
	return "$1"
}

cp "$TOP/conf.d/prometheus/authmap-alerts.yml" \
	"$TOP/test-harness/servers/alerts-test.yml" "$S"
promtool check rules "$S/authmap-alerts.yml"
ok $? "promtool accepts the alerts"
(cd "$S" && promtool test rules alerts-test.yml)
ok $? "each alert fires when it should, and not otherwise"
is "$(sed -n 's/.*alertname: \([A-Za-z]*\).*/\1/p' "$S/alerts-test.yml" | sort -u)" \
	"$(sed -n 's/.*alert: //p' "$S/authmap-alerts.yml" | sort)" \
	"  all alerts are tested"

# Grafana replaces $instance in a string, so promtool accepts it.
python3 - "$TOP/conf.d/prometheus/authmap-dashboard.json" >"$S/queries.yml" <<'EOF'
import json, sys
print('groups:\n  - name: queries\n    rules:')
for panel in json.load(open(sys.argv[1]))['panels']:
    for n, target in enumerate(panel['targets']):
        print('      - record: panel_%d_%d\n        expr: %s' % (
            panel['id'], n, json.dumps(target['expr'])))
EOF
promtool check rules "$S/queries.yml"
ok $? "promtool accepts each query of the dashboard"
like "$(cat "$S/out")" "SUCCESS: 1[0-9] rules found" "  all of them"

# A host of a cluster, whose engine is not reachable.
begin "socket = $SOCKET" "cluster = redis://127.0.0.1:1"
responder_start
authmap stats --prometheus >"$S/metrics"
# names FILE ...: the figures that are named there.
names() {
	grep -ohE 'authmap_[a-z_]+' "$@" | sort -u
}
names "$S/authmap-alerts.yml" "$S/queries.yml" >"$S/used"
sed -n 's/^# TYPE \(authmap_[a-z_]*\) .*/\1/p' "$S/metrics" >"$S/printed"
# These figures exist when the daemon has run.
printf 'authmap_cluster_%s_total\n' sent received rejected >>"$S/printed"
is "$(sort -u "$S/printed" | comm -23 "$S/used" -)" "" \
	"each figure in them is printed by authmap stats --prometheus"
names "$S/queries.yml" >"$S/shown"
is "$(grep '_total$' "$S/printed" | sort -u | comm -13 "$S/shown" -)" "" \
	"  and each counter that this prints is in the dashboard"
done_testing
