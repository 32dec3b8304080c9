#!/bin/sh
# SPDX-License-Identifier: ISC
# authmap stats prints the counters as text and as JSON, and for Prometheus, whose
# tools read them.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

authmap_conf "socket = $SOCKET"
like "$(authmap stats 2>&1)" "^last sweep     never" "without a map"
authmap stats >/dev/null 2>&1
is $? 2 "  stats exits with an error"
sweep
is "$(figures entries users grants refreshes failures)" "0 0 0 0 0" \
	"before any login"
authmap record 203.0.113.7 joe imap
authmap record 203.0.113.8 amy imap
authmap record 2001:db8::9 joe pop3
authmap record 2001:db8::10
authmap record 203.0.113.7 joe imap
is "$(figures entries users grants refreshes)" "4 2 4 1" "five logins"
PAM_TYPE=open_session PAM_RHOST=nonsense PAM_USER=joe authmap record --pam
is "$(figures failures)" 1 "a login that is not recorded"

hold_lock
authmap record 203.0.113.11 bob imap 2>/dev/null
is "$(figures failures grants)" "2 4" "a login that waits too long"
like "$(authmap stats)" "^failures +2$" "  stats does not wait"
ended "$holder"
authmap record 203.0.113.11 bob imap
authmap record 203.0.113.7 joe imap
is "$(figures failures grants refreshes)" "2 5 2" \
	"  it is a grant when it is recorded"
before=$(figures publishes)
authmap remove 203.0.113.11 >/dev/null
is "$(figures entries publishes grants)" "4 $before 5" \
	"a removal makes no new map"

text=$(authmap stats)
is "$(echo "$text" | sed 's/^\(.\{15\}\).*/\1/; s/ *$//' | tr '\n' ,)" \
	"entries,users,max entries,grants,refreshes,failures,excluded,blocked,unlisted,publishes,counted since,map changed,last sweep,state saved,last publish,publish took,lookups ok,lookups no,lookups later," \
	"as text"
like "$text" "^entries        4$" "  a number"
like "$text" "^lookups ok     unknown$" "  without a responder, lookups are unknown"
like "$text" "^max entries    1000000$" "  a limit"
like "$text" "^last publish   [0-9-]{10} [0-9:]{8}, ([0-9]+m )?[0-9]+s ago$" "  a time"
like "$text" "^publish took   [0-9]+(\.[0-9]+)? m?s$" "  and a duration"
touch -d '-90 seconds' "$S/run/relay.beat"
like "$(authmap stats)" "^last sweep     .*, (1m [3-5][0-9]|2m [0-9]+)s ago$" "  an age"
like "$(figures last_sweep_age)" "^(9|1[0-9])[0-9]$" "  in JSON, too"
like "$(figures publish_seconds)" "^[0-9]+\.[0-9]+$" "  and in seconds"

# Refused logins, by the reason, and the responder's replies.
authmap record 127.0.0.1 joe 2>/dev/null
authmap block eve 2>/dev/null
authmap record 203.0.113.12 eve 2>/dev/null
authmap record 203.0.113.13 eve 2>/dev/null
authmap unblock eve
authmap_conf "socket = $SOCKET" "users = joe"
authmap record 203.0.113.12 amy 2>/dev/null
authmap_conf "socket = $SOCKET"
is "$(figures refused_excluded refused_blocked refused_unlisted)" "1 2 1" \
	"refused logins, by the reason"
like "$(authmap check)" "^ok +logins +5 grants and [0-9]+ refreshes since boot; not recorded: 1 logins from addresses in exclude, 2 blocked, 1 of users who are not listed" \
	"  check reports them, too"
is "$(figures lookups_ok lookups_notfound lookups_temp)" "None None None" \
	"  lookups are unknown"
responder_start
before=$(figures lookups_notfound)
for address in 203.0.113.7 203.0.113.8 192.0.2.1; do
	"$TOP/test-harness/programs/socketmap" "$SOCKET" "relay $address" >/dev/null
done
is "$(figures lookups_ok lookups_notfound lookups_temp)" "2 $((before + 1)) 0" \
	"the responder has counted lookups, by the reply"
like "$(authmap stats)" "^lookups ok     2$" "  as text"
text=$(authmap stats --prometheus)
like "$text" '^authmap_lookups_total\{result="ok"\} 2$' "  for Prometheus"
like "$text" '^authmap_refused_logins_total\{reason="blocked"\} 2$' \
	"  refused logins, too"
is "$(echo "$text" | grep -c '^# TYPE authmap_\(lookups\|refused_logins\)_total')" 2 \
	"  each has one type"

"$TOP/test-harness/programs/unpack" prometheus prometheus prometheus-node-exporter ||
	skip_all "prometheus cannot be had"
tools=$CACHE/unpacked/prometheus/usr/bin
authmap stats --prometheus >"$S/metrics"
is "$("$tools/promtool" check metrics <"$S/metrics" 2>&1; echo $?)" 0 \
	"Prometheus' promtool reports no error"
! sed 's/_total/_count/' "$S/metrics" |
	"$tools/promtool" check metrics >/dev/null 2>&1
ok $? "  and it reports one if there is one"
is "$(grep -c '^# TYPE authmap_[a-z_]*_total counter$' "$S/metrics")" 6 \
	"  six counters"

# The recipe, with this scenario's files, read by a real node_exporter.
mkdir "$S/textfile"
job=$(sed -n 's/^\* \* \* \* \* root //p' "$TOP/conf.d/cron/authmap-prometheus.cron" |
	sed "s,/var/lib/prometheus/node-exporter,$S/textfile,
		s,/usr/bin/authmap,$O/authmap -c $CONF,")
sh -c "$job"
ok $? "the recipe for cron"
echo secret >"$S/secret"
mkdir "$S/elsewhere"
for name in authmap.prom.new authmap.prom; do
	ln -sf "$S/secret" "$S/textfile/$name"
	sh -c "$job"
	ln -snf "$S/elsewhere" "$S/textfile/$name"
	sh -c "$job"
done
is "$(cat "$S/secret"), $(ls "$S/elsewhere"), $(wc -l <"$S/textfile/authmap.prom")" \
	"secret, , $(wc -l <"$S/metrics")" "  writes through no link"
port=$(free_ports 1)
"$tools/prometheus-node-exporter" --collector.disable-defaults \
	--collector.textfile --collector.textfile.directory="$S/textfile" \
	--web.listen-address="127.0.0.1:$port" 2>"$S/exporter.log" &
started $!
scrape() {
	python3 -c 'import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1]).read().decode())' "http://127.0.0.1:$port/metrics"
}
within 10 scrape || sed 's/^/# /' "$S/exporter.log"
scraped=$(scrape)
like "$scraped" "^node_textfile_scrape_error 0$" "node_exporter reads it"
is "$(echo "$scraped" | grep -o '^authmap_[a-z_]*')" \
	"$(grep -o '^authmap_[a-z_]*' "$S/metrics" | sort)" "  every metric"
like "$scraped" "^authmap_grants_total 5$" "  with the same value"

# Errors are reported, and unknown figures are left out.
cp "$S/textfile/authmap.prom" "$S/before"
echo garbage >"$S/run/relay.gdbm"
like "$(authmap stats 2>&1)" "^authmap: .*relay.gdbm: cannot be read" \
	"a map that cannot be read"
authmap stats >/dev/null 2>&1
is $? 2 "  is an error"
like "$(authmap stats 2>/dev/null)" "^entries        unknown" "  as text"
is "$(figures entries grants 2>/dev/null)" "None 5" "  as JSON"
unlike "$(authmap stats --prometheus 2>/dev/null)" "authmap_(entries|users)" \
	"  for Prometheus"
sh -c "$job" 2>/dev/null
cmp -s "$S/before" "$S/textfile/authmap.prom"
ok $? "  the file of node_exporter stays"
sweep 2>/dev/null
chmod 711 "$S" "$S/run"
cp "$O/authmap" "$S/authmap"
chmod 644 "$CONF"
like "$(setpriv --reuid=33 --regid=33 --clear-groups "$S/authmap" -c "$CONF" \
	stats 2>&1)" "^authmap: .*relay.lock: .*Permission denied" \
	"a user outside the group sees no figure"
unlike "$(setpriv --reuid=33 --regid=33 --clear-groups "$S/authmap" -c "$CONF" \
	stats 2>/dev/null)" "^(entries|users|grants) +[0-9]" "  really"
like "$(authmap stats 203.0.113.7 2>&1; echo $?)" "^usage: authmap stats" \
	"an argument is an error"
done_testing
