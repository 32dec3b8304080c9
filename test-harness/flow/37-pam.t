#!/bin/sh
# SPDX-License-Identifier: ISC
# pam_exec records each session that is opened for an address: with Dovecot,
# which lets PAM check the password, and with pamtester.
. "$(dirname "$0")/../lib/tap.sh"
uses programs

"$TOP/test-harness/programs/unpack" pamtester pamtester ||
	skip_all "pamtester cannot be had"
begin
mkdir -p "$S/d"
sed "s,@S@,$S,g" "$TOP/test-harness/servers/dovecot-$DOVECOT-pam.conf" \
	>"$S/d/dovecot.conf"

# The recipe, with this scenario's files, at the end of a PAM service.
{
	echo "auth required pam_unix.so"
	echo "account required pam_unix.so"
	sed "s,/usr/bin/authmap ,$S/authmap -c $CONF ," "$TOP/conf.d/imap/pam-authmap"
} >"$S/imap"
programs_start pamtester sh -c "cp '$S/imap' /etc/pam.d/imap
	exec dovecot -F -c '$S/d/dovecot.conf'"
within 10 beside "$CLIENT" up 127.0.0.1 143 || sed 's/^/# /' "$S/out" "$S/d/log"

refused imap 143
for address in 203.0.113.7 2001:db8::7; do
	login imap 143 $address >/dev/null
	is "$?, $(entries)" "0, $address joe imap" "a login from $address"
	authmap remove $address >/dev/null
done
login imap 143 127.0.0.1 >/dev/null
is "$?, $(entries)" "0, " "  but not one from this host"

# session HOST OPERATION ...: succeed if PAM allows all operations.
session() {
	host=$1
	shift
	among pamtester -I rhost="$host" imap amy "$@" >"$S/pamtester" 2>&1 ||
		sed 's/^/# /' "$S/pamtester"
}
: >"$S/log"
session 203.0.113.9 acct_mgmt close_session
is "$(entries)" "" "only an opened session is recorded"
session "" open_session
is "$(entries), $(cat "$S/log")" ", " "  and only from another host"
session client.example.net open_session
grep -q "successfully opened" "$S/pamtester"
is "$?, $(entries)" "0, " "a host's name is not recorded"
within 5 grep -q "client.example.net" "$S/log"
is "$(grep -c '"client.example.net" is not an address' "$S/log")" 1 \
	"  which is logged in one line"
is "$(wc -l <"$S/log")" 1 "  and no other"
session "$(printf 'x\nFORGED \033[31m\233\342\200\256')" open_session
within 5 grep -q "FORGED" "$S/log"
is "$(grep -c '"x\\012FORGED .033\[31m.233.342.200.256" is not an address' "$S/log")" 1 \
	"nor is text that might forge a line, which is logged encoded"
is "$(LC_ALL=C grep -c '[^ -~]' "$S/log")" 0 "  without control sequences"
session ::ffff:203.0.113.9 open_session
is "$(entries)" "203.0.113.9 amy imap" "an IPv4-mapped address is recorded as IPv4"

mv "$S/run" "$S/away"
session 203.0.113.10 open_session
grep -q "successfully opened" "$S/pamtester"
is $? 0 "without a map, the session is opened"
mv "$S/away" "$S/run"
within 10 grep -q "203.0.113.10 is not recorded" "$S/log"
like "$(cat "$S/log")" "203.0.113.10 is not recorded: .*relay.lock: No " \
	"  and the error is logged"
cp "$CONF" "$S/good.conf"
echo "window = for ever" >>"$CONF"
session 203.0.113.11 open_session
grep -q "successfully opened" "$S/pamtester"
is "$?" 0 "also when the configuration is wrong"
within 10 grep -q 'window: "for ever"' "$S/log"
like "$(cat "$S/log")" "authmap.conf:[0-9]+: window: \"for ever\"" \
	"  and the error is logged"
mv "$S/good.conf" "$CONF"
absent 203.0.113.11
is $? 0 "  and no login recorded"
done_testing
