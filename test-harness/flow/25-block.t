#!/bin/sh
# SPDX-License-Identifier: ISC
# A user or an address is blocked during a session: the MTAs' next request is
# refused, the session does not bring the entry back, and new logins succeed and
# grant nothing.  Each is one line in the log.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

asked() {
	"$TOP/test-harness/programs/socketmap" "$SOCKET" "relay $1" | cut -d ' ' -f 1
}
# events TEXT: print the events that begin with TEXT.  Dovecot logs them a little later.
events() {
	within 10 grep -q "authmap: $1" "$S/d/log"
	grep "authmap: $1" "$S/d/log" | sed 's/.*authmap: //'
}
login_at() {
	client imap 127.0.0.1 "$IMAP_PROXY" --from "$@" >/dev/null
}
may_relay() {
	[ "$(asked "$1")" = OK ]
}
# may_after_login ADDRESS [OPTION ...]: the window is short, so log in and ask at once.
may_after_login() {
	login_at "$@" && may_relay "$1"
}

begin "window = 4s" "socket = $SOCKET"
responder_start
dovecot_start hibernate
is "$(stat -c %U:%G:%a "$S/state")" "$MAP_USER:$MAP_GROUP:2750" \
	"mail processes may read the block list, but not write it"

"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 --idle --hold 9999 \
	>"$S/out" 2>&1 &
started $!
within 10 may_relay 203.0.113.7
ok $? "a client logs in, and stays connected"
is "$(events "granted 203")" "granted 203.0.113.7 service=imap user=joe" \
	"  the log has the user and the address"
is "$(authmap block joe)" "removed 203.0.113.7 joe imap" "its user is blocked"
is "$(asked 203.0.113.7)" "NOTFOUND" "  the MTA's next request is refused"
is "$(stat -c %U:%G:%a "$S/state/relay.blocks")" "$MAP_USER:$MAP_GROUP:640" \
	"  the block list has its mode"
login_at 203.0.113.8
is $? 0 "a new login succeeds"
is "$(asked 203.0.113.8)" "NOTFOUND" "  and grants nothing"
is "$(events "blocked 203.0.113.8")" \
	"blocked 203.0.113.8 service=imap user=joe: not recorded" \
	"  which is logged"
within 5 may_after_login 203.0.113.9 --user amy
ok $? "a login of another user is granted"

authmap block 203.0.113.0/24 >/dev/null
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.10 --user amy >/dev/null
is "$? $(asked 203.0.113.10)" "0 NOTFOUND" "a network is blocked"
authmap unblock joe
authmap unblock 203.0.113.0/24

# In this time, the session would have refreshed its entry several times.
sleep 5
is "$(asked 203.0.113.7)" "NOTFOUND" \
	"the session does not bring the entry back"
within 5 may_after_login 203.0.113.7
ok $? "a login does"

# A session whose login was refused is hibernated.
authmap block joe >/dev/null
"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.11 --idle --hold 9999 \
	--until "$S/wake" --wake 9999 >"$S/woken" 2>&1 &
started $!
blocked_login() {
	grep -q "blocked 203.0.113.11" "$S/d/log"
}
within 10 blocked_login
is $? 0 "a client logs in while its user is blocked"
imap=$(mail_process 203.0.113.11)
within 20 gone "$imap"
is $? 0 "  it is hibernated"
authmap unblock joe
: >"$S/wake"
within 20 grep -q "^x OK" "$S/woken"
is $? 0 "  the user is unblocked, and the session wakes up"
sleep 1
is "$(asked 203.0.113.11)" "NOTFOUND" "  which grants nothing"
done_testing
