#!/bin/sh
# A user of a real server logs in from more addresses than he may have, or there
# are too many entries in all: he notices nothing, and the log has one line.
. "$(dirname "$0")/../lib/tap.sh"
. "$TOP/test-harness/lib/servers.sh"

login() {
	client imap 127.0.0.1 "$IMAP_PROXY" --from "$1" --user "${2:-joe}"
}
addresses() {
	authmap list | cut -f 1 | tr '\n' ' '
}

# In all.
authmap_conf "max_entries = 2"
sweep
dovecot_start
login 203.0.113.1 >/dev/null
login 203.0.113.2 amy >/dev/null
for i in 3 4; do
	like "$(login 203.0.113.$i bob)" "Logged in" \
		"the map is full: bob logs in all the same"
done
is "$(addresses)" "203.0.113.1 203.0.113.2 " "  and is not recorded"
is "$(grep -c "Error" "$S/d/log")" 1 "  the log has one line"
like "$(cat "$S/d/log")" "Error: authmap: refused 203.0.113.3 service=imap user=bob: max_entries = 2 is reached" \
	"  which says so"

# Of one user.  A map begun anew has not logged anything yet.
rm "$S/run/relay.users"
authmap_conf "max_per_user = 3"
: >"$S/d/log"
for i in 11 12 13 14 15; do
	like "$(login 203.0.113.$i eve)" "Logged in" "eve logs in from 203.0.113.$i"
done
is "$(addresses)" "203.0.113.1 203.0.113.2 203.0.113.13 203.0.113.14 203.0.113.15 " \
	"the first two are gone, what is another's is there"
is "$(grep -c "Error: authmap: removed 203.0.113.11 service=imap user=eve: max_per_user = 3 is reached by 203.0.113.14: " "$S/d/log")" 1 \
	"the log has one line"
is "$(grep -c "Error" "$S/d/log")" 1 "  and no other error"

# A session whose address had to go, since it was stopped for a while, goes on
# and does not bring it back.  It refreshes each second.
sed /^window/d "$CONF" >"$S/long.conf"
authmap_conf "max_per_user = 3" "window = 3s"
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.26 --hold 60 >"$S/held" &
held=$!
started $held
within 5 grep -q "Logged in" "$S/held"
is "$(authmap lookup 203.0.113.26 | cut -f 1)" 203.0.113.26 "one stays connected"
imap=$(sed -n 's/.*imap(joe)<\([0-9]*\)>.* granted 203.0.113.26 .*/\1/p' "$S/d/log")
kill -STOP "$imap"
sleep 1.1
for i in 27 28 29; do
	"$O/authmap" -c "$S/long.conf" record 203.0.113.$i joe imap 2>/dev/null
done
authmap lookup 203.0.113.26
is $? 1 "  three later logins make its address go"
kill -CONT "$imap"
sleep 2
authmap lookup 203.0.113.26
is $? 1 "  its refreshes do not bring it back"
authmap remove 203.0.113.28 >/dev/null
within 10 authmap lookup 203.0.113.26
is $? 0 "  before there is room"
alive $held
is $? 0 "  the session goes on all the while"
is "$(grep -c "Error" "$S/d/log")" 1 "  nothing more is logged"
done_testing
