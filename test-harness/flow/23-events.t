#!/bin/sh
# SPDX-License-Identifier: ISC
# Dovecot's metrics can count the plugin's events, for each service, with the time
# that each took.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
dovecot_start metrics

stats() {
	doveadm stats dump |
		awk -F '\t' -v m="$metric" '$1 == m { print $3, $4 }'
}

counted() {
	doveadm stats dump | grep -q "^$metric	duration	[12]	"
}

client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 >/dev/null
client pop3 127.0.0.1 "$POP3_PROXY" --from 203.0.113.8 >/dev/null
sleep 1.1
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 >/dev/null
rm "$S/run/relay.lock"
mkdir "$S/away"
mv "$S/run"/* "$S/away"
rmdir "$S/run"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.9 >/dev/null

for metric in authmap_granted authmap_granted_203.0.113.7_imap \
	authmap_granted_203.0.113.8_pop3; do
	within 5 counted
	is $? 0 "$metric is counted"
done
# soon METRIC REGEX: wait for the metric, which another process counts.
soon() {
	metric=$1
	has() { stats | grep -q "$1"; }
	within 10 has "$2"
	like "$(stats)" "$2" "$1 is counted"
}
soon authmap_refreshed "^[1-9]"
soon authmap_failed "^2 "
metric=authmap_granted
[ "$(stats | awk '{ print $2 }')" -gt 0 ]
is $? 0 "with the time that it took, in microseconds"
doveadm stats dump | grep authmap | sed 's/^/# /'
done_testing
