#!/bin/sh
# SPDX-License-Identifier: ISC
# The post-login script of Dovecot without the plugin, where a session is not a process
# of its own: processes that serve several sessions, hibernated sessions, and TLS.
. "$(dirname "$0")/../lib/tap.sh"
uses postlogin

begin "window = 4s"
# A process that has served a session waits for the next one.
restart reuse postlogin-reuse
# A process that still ends a session cannot serve the next one.
served_two() {
	client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.18
	sed -n "s/.*$LOGGED_IN: .*rip=203.0.113.18,.*mpid=\([0-9]*\).*/\1/p" "$S/d/log" |
		sort | uniq -d | grep -q .
}
within 10 served_two
is $? 0 "processes serve many sessions: two logins by one process"
unlike "$(cat "$S/d/log")" "imap-postlogin. failed" "  no login fails"
keepers_end
stays imap 203.0.113.20
first=$session
stays imap 203.0.113.21
within 5 keepers_are 2
is $? 0 "  of two sessions, each has a keeper"
ended "$first"
within 10 absent 203.0.113.20
is $? 0 "  when one ends, its entry expires"
alive "$(mail_process 203.0.113.20)"
is $? 0 "  while its process continues"
since=$(seen 203.0.113.21)
within 10 alive_since 203.0.113.21 $((since + 4))
is $? 0 "  the other session's entry is kept"
ended "$session"
keepers_end
is $? 0 "  no process is left"
authmap_conf "window = 2h"
stays imap 203.0.113.23
ended "$session"
within 60 no_keepers
is $? 0 "  nor with a window of hours"
authmap_conf "window = 4s"

restart hibernate
stays imap 203.0.113.22 --idle
process=$(mail_process 203.0.113.22)
gone() {
	! alive "$process"
}
within 20 gone
is $? 0 "a session is hibernated: its process is gone"
since=$(date +%s)
within 10 alive_since 203.0.113.22 $((since + 4))
is $? 0 "  its entry is kept"
ended "$session"
keepers_end
is $? 0 "  until it ends"

# With TLS, Dovecot's processes are connected by a UNIX socket.
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 \
	-keyout "$S/key" -out "$S/cert" 2>/dev/null
IMAP_TLS=$(free_ports 1)
restart tls
IMAP_PROXY=$IMAP_TLS
stays imap 203.0.113.23 --tls
within 10 authmap lookup 203.0.113.23
is $? 0 "a login over TLS is recorded"
first=$(seen 203.0.113.23)
within 20 alive_since 203.0.113.23 $((first + 5))
is $? 0 "  its session keeps the entry beyond the window"
ended "$session"
keepers_end
is $? 0 "  its keeper ends with it"
done_testing
