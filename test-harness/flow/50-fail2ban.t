#!/bin/sh
# SPDX-License-Identifier: ISC
# fail2ban ignores failures of an address from which a user has just logged in, and
# of no other.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

"$TOP/test-harness/programs/unpack" fail2ban fail2ban ||
	skip_all "fail2ban cannot be had"
unpacked=$CACHE/unpacked/fail2ban

begin
dovecot_start no-penalty

cp -R "$unpacked/etc/fail2ban" "$S/f"
rm "$S/f/jail.d/"*
sed "s,/usr/bin/authmap,$CLOCKED $O/authmap -c $CONF," \
	"$TOP/conf.d/signal/fail2ban-authmap.conf" >"$S/f/jail.d/authmap.conf"
[ "$DOVECOT" = 2.3 ] ||
	cp "$TOP/conf.d/signal/fail2ban-dovecot-2.4.local" "$S/f/filter.d/dovecot.local"
sed "s,@S@,$S," "$TOP/test-harness/servers/fail2ban.local" >"$S/f/jail.local"
sed -i "s,^dbfile = .*,dbfile = None," "$S/f/fail2ban.conf"
printf '[Definition]\nactionban = echo "<ip>" >>%s\n' "$S/banned" \
	>"$S/f/action.d/note.conf"
: >"$S/banned"

PYTHONDONTWRITEBYTECODE=1 \
	PYTHONPATH=$unpacked/usr/lib/python3/dist-packages \
	python3 "$unpacked/usr/bin/fail2ban-server" -f -c "$S/f" \
	-s "$S/f/sock" -p "$S/f/pid" --logtarget "$S/f/log" start \
	>"$S/f/out" 2>&1 &
started $!
within 20 grep -q "Jail 'dovecot' started" "$S/f/log" ||
	sed 's/^/# /' "$S/f/out" "$S/f/log"

# fails ADDRESS ...: three failed logins from each.
fails() {
	for address in "$@" "$@" "$@"; do
		client imap 127.0.0.1 "$IMAP_PROXY" --from "$address" \
			--password wrong >/dev/null
	done
}

banned() {
	grep -qx "$1" "$S/banned"
}

for address in 203.0.113.7 2001:db8::7 198.51.100.7; do
	client imap 127.0.0.1 "$IMAP_PROXY" --from $address >/dev/null
done
fails 203.0.113.7 2001:db8::7 203.0.113.99 2001:db8::99
for address in 203.0.113.99 2001:db8::99; do
	within 20 banned $address
	ok $? "$address fails, and is banned"
done
for address in 203.0.113.7 2001:db8::7; do
	like "$(cat "$S/f/log")" "\[dovecot\] Ignore $address by command" \
		"$address, from which a user has logged in, is not banned"
done
is "$(sort "$S/banned")" "$(printf '2001:db8::99\n203.0.113.99')" \
	"no other address is banned"
unlike "$(cat "$S/f/log")" "ERROR" "no error is logged"

clock +31m
fails 203.0.113.7
within 20 banned 203.0.113.7
ok $? "after its entry has expired, it is banned"
clock +0s

head -c 20000 /dev/urandom >"$S/run/relay.gdbm"
fails 198.51.100.7
within 20 banned 198.51.100.7
ok $? "a garbage map exempts no address"
like "$(cat "$S/f/log")" "relay.gdbm: cannot be read" "the log gives the reason"

# The filter for logins of blocked users.  A client may have an MTA log a similar
# line.
cp "$TOP/conf.d/signal/fail2ban-authmap-blocked.conf" "$S/f/filter.d/authmap-blocked.conf"
regex() {
	PYTHONDONTWRITEBYTECODE=1 \
	PYTHONPATH=$unpacked/usr/lib/python3/dist-packages \
		python3 "$unpacked/usr/bin/fail2ban-regex" -c "$S/f" -o ip \
		"$1" authmap-blocked 2>&1 | sort -u | tr '\n' ' '
}
authmap block joe >/dev/null
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.10 >/dev/null
client imap 127.0.0.1 "$IMAP_PROXY" --from 2001:db8::10 >/dev/null
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.11 --user amy >/dev/null
for address in 203.0.113.10 2001:db8::10; do
	within 10 grep -q "authmap: blocked $address " "$S/d/log"
done
is "$(regex "$S/d/log")" "2001:db8::10 203.0.113.10 " \
	"the filter finds a login of a blocked user in Dovecot's log"
said="blocked 203.0.113.12 service=imap user=joe: not recorded"
while IFS= read -r sender; do
	echo "$(date '+%b %d %H:%M:%S') mx $sender$said"
done >"$S/syslog" <<-EOF
	dovecot: imap(joe)<99><AbC+/=>: authmap: 
	imapd[1234]: authmap: 
	authmap[1234]: 
EOF
for line in 1 2 3; do
	sed -n "${line}p" "$S/syslog" >"$S/line"
	is "$(regex "$S/line")" "203.0.113.12 " "  and syslog's line $line"
done
while IFS= read -r sender; do
	echo "$(date '+%b %d %H:%M:%S') mx $sender$said"
done >"$S/syslog" <<-EOF
	postfix/smtpd[12]: warning: non-SMTP command from unknown[192.0.2.1]: X: authmap: 
	dovecot: imap-login: Disconnected: user=<a authmap: 
EOF
is "$(regex "$S/syslog")" "" "  but not the same text from an MTA's client"
done_testing
