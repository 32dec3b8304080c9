#!/bin/sh
# SPDX-License-Identifier: ISC
# The alerts and the dashboard of conf.d/prometheus: Prometheus' own promtool
# takes them, each alert fires when it is to, and each figure is one of stats'.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

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
ok $? "promtool takes the alerts"
(cd "$S" && promtool test rules alerts-test.yml)
ok $? "each fires when it is to, and not when all is well"
is "$(sed -n 's/.*alertname: \([A-Za-z]*\).*/\1/p' "$S/alerts-test.yml" | sort -u)" \
	"$(sed -n 's/.*alert: //p' "$S/authmap-alerts.yml" | sort)" \
	"  none is left out"

# Grafana fills in $instance, inside a string: promtool need not.
python3 - "$TOP/conf.d/prometheus/authmap-dashboard.json" >"$S/queries.yml" <<'EOF'
import json, sys
print('groups:\n  - name: queries\n    rules:')
for panel in json.load(open(sys.argv[1]))['panels']:
    for n, target in enumerate(panel['targets']):
        print('      - record: panel_%d_%d\n        expr: %s' % (
            panel['id'], n, json.dumps(target['expr'])))
EOF
promtool check rules "$S/queries.yml"
ok $? "promtool takes each query of the dashboard"
like "$(cat "$S/out")" "SUCCESS: 1[0-9] rules found" "  all of them"

# What a host of a cluster prints, whose engine is not there.
begin "cluster = redis://127.0.0.1:1"
authmap stats --prometheus >"$S/metrics"
grep -ohE 'authmap_[a-z_]+' "$S/authmap-alerts.yml" "$S/queries.yml" |
	sort -u >"$S/used"
sed -n 's/^# TYPE \(authmap_[a-z_]*\) .*/\1/p' "$S/metrics" | sort -u >"$S/printed"
# These come when the daemon has run.
printf 'authmap_cluster_%s_total\n' told taken refused >>"$S/printed"
is "$(sort -u "$S/printed" | comm -23 "$S/used" -)" "" \
	"each figure in them is printed by authmap stats --prometheus"
done_testing
