#!/bin/sh
# SPDX-License-Identifier: ISC
# Exim built with gdbm reads the map itself: a client without an entry is refused,
# and a client that has just logged in may relay in the same second.  After the
# window it may not, although no sweeper runs.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

authmap_conf "map_mode = 0664"
dovecot_start
LIMIT=20
exim_start "$CLOCKED" || skip_all "Exim cannot be built here"

like "$(relay 203.0.113.7)" "^451" \
	"without a map, a client has to try later"
like "$(relay 203.0.113.7 joe@example.org)" "^250" "local mail is accepted"
sweep
: >"$S/e/log/mainlog"
like "$(relay 203.0.113.7)" "^550 relay not permitted" "a client without an entry is refused"
for address in 203.0.113.7 2001:db8::7; do
	client imap 127.0.0.1 "$IMAP_PROXY" --from $address >/dev/null
	like "$(relay $address)" "^250" "$address relays after an IMAP login"
done
client pop3 127.0.0.1 "$POP3_PROXY" --from 198.51.100.7 --user amy >/dev/null
like "$(smtp_client smtp 127.0.0.1 "$SMTP" --from 198.51.100.7 --send)" \
	"OK id=" "a mail is accepted after a POP3 login"
within 10 grep -q "^Envelope-to: someone@example.net" "$S/e/sink/mail"
is $? 0 "and delivered"
like "$(cat "$S/e/log/mainlog")" "authmap: relaying for amy \[198.51.100.7\]" \
	"Exim's log names the user"
like "$(relay 203.0.113.99)" "^550" "another address is still refused"

clock +31m
like "$(relay 203.0.113.7)" "^550" "the client is refused after the window"
like "$(relay 198.51.100.7)" "^550" "so is the other one"
like "$(gdbmtool -r "$S/run/relay.gdbm" list)" "^203.0.113.7 " \
	"although its entry is not swept yet"
clock +0s

authmap record 203.0.113.7 joe imap
like "$(relay 203.0.113.7)" "^250" "it may relay when the clock is right"
authmap remove 203.0.113.7 >/dev/null
like "$(relay 203.0.113.7)" "^550" "but not after its entry was removed"

authmap record 203.0.113.7 joe imap
clock -1h
like "$(relay 203.0.113.7)" "^550" "nor while the clock is set back"
clock +0s
unlike "$(cat "$S/e/log/mainlog")" "temporarily|451" "no lookup failed"

head -c 20000 /dev/urandom >"$S/garbage"
cp "$S/garbage" "$S/run/relay.gdbm"
like "$(relay 203.0.113.7)" "^451" "with a garbage map, no client may relay"
like "$(relay 203.0.113.7 joe@example.org)" "^250" "but local mail is accepted"
like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7)" "Logged in" \
	"a login succeeds"
like "$(relay 203.0.113.7)" "^250" "and replaces the map"
mv "$S/run/relay.gdbm" "$S/away"
like "$(relay 203.0.113.7)" "^451" "nor with a missing map"
mv "$S/away" "$S/run/relay.gdbm"
like "$(relay 203.0.113.7)" "^250" "  until there is one"

story_limit

# "authmap check" with this Exim as the one of the host.
mkdir "$S/bin"
printf '#!/bin/sh\nexec "%s" -C "%s" "$@"\n' "$S/e/exim" "$S/e/exim.conf" >"$S/bin/exim4"
chmod 755 "$S/bin/exim4"
check() {
	# shellcheck disable=SC2016 # the inner shell fills it in
	$OWN_MOUNTS sh -c 'mount --bind "$1" /usr/local/sbin && shift && exec "$@"' - \
		"$S/bin" "$O/authmap" -c "$CONF" check "$@"
}
sweep
like "$(check)" "^ok +mta +Exim reads $S/run/relay.gdbm itself" \
	"authmap check reports that Exim reads the map"
like "$(check)" "^ok +responder .*no responder answers, but no MTA of this host asks there" \
	"  and needs no responder"
like "$(check --probe 203.0.113.77)" "^ok +probe +Exim lets 203.0.113.77 relay" \
	"  and a probe that Exim lets a client relay"
chmod 660 "$S/run/relay.gdbm"
like "$(check)" "^wrong +mta +Exim's user nobody may not read $S/run/relay.gdbm: set map_mode = 0664 in $CONF" \
	"  that it may not read the map"
chmod 664 "$S/run/relay.gdbm"
sed -i 's,^AUTHMAP_MAP = .*,AUTHMAP_MAP = /run/other/relay.gdbm,' "$S/e/authmap.conf"
like "$(check)" "^wrong +mta +Exim reads /run/other/relay.gdbm, and the map is $S/run/relay.gdbm: set AUTHMAP_MAP" \
	"  or reads another one"
done_testing
