#!/bin/sh
# SPDX-License-Identifier: ISC
# authmap check follows Postfix as it is configured: each state in which a client
# in the map may not relay is found, and the command that is printed mends it.
. "$(dirname "$0")/../lib/tap.sh"
uses postfix

IN_CHROOT=$POSTFIX_SPOOL/authmap/sock
authmap_conf "socket = $SOCKET $IN_CHROOT"
sweep
postfix_start "$TOP/conf.d/mta/postfix-authmap.cf" ||
	skip_all "Postfix cannot be unpacked here"
nsenter -t "$mta" -m -r mount --bind "$S/p/etc" /etc/postfix
responder_start
authmap record 203.0.113.7 joe imap
cp "$S/p/etc/main.cf" "$S/good.cf"
cp "$S/p/etc/master.cf" "$S/good-master.cf"

# inside COMMAND ...: where Postfix is.
inside() {
	nsenter -t "$mta" -m -r -w "$@"
}
# Postfix reads its files again, sooner or later.
reload() {
	kill -HUP "$mta"
}
relays() {
	relay 203.0.113.7 | grep -q '^250'
}
refused() {
	! relays
}
# mend SAID: runs the command of the wrong line in SAID.
mend() {
	command=$(printf '%s\n' "$1" | sed -n "s/^wrong .* map is asked: \(postconf .*\); postfix reload\$/\1/p")
	inside sh -c "$command"
	reload
}

relays
ok $? "a client in the map may relay"
like "$(check_inside)" "^ok +mta +Postfix asks at $IN_CHROOT \\($SMTP/inet" \
	"check says so, with the socket as Postfix sees it"
story_probe Postfix

# ----- the socket in the chroot was forgotten ------------------------------
responder_stop
rm -rf "$POSTFIX_SPOOL/authmap"
authmap_conf "socket = $SOCKET"
responder_start
within 10 refused
ok $? "no socket in the chroot: nobody may relay"
like "$(check_inside)" "^wrong +mta +Postfix asks at $IN_CHROOT .*No such file.*$IN_CHROOT" \
	"  check says so, and which socket to add"
like "$(check_inside --probe 203.0.113.77)" "^wrong +probe +Postfix does not let" \
	"  and so does a probe"
responder_stop
authmap_conf "socket = $SOCKET $IN_CHROOT" "socket_mode = 0660"
responder_start
like "$(check_inside)" "^wrong +mta +Postfix asks at $IN_CHROOT .*daemon may not open" \
	"a socket that Postfix may not open"
responder_stop
authmap_conf "socket = $SOCKET $IN_CHROOT"
responder_start
sed "s,unix:authmap/sock,unix:$SOCKET,g" "$S/good.cf" >"$S/p/etc/main.cf"
like "$(check_inside)" "^wrong +mta +Postfix asks at $POSTFIX_SPOOL$SOCKET " \
	"a path that is another one in the chroot"
sed 's/smtpd$/&/; s/^\([^ ]* *inet  n       -       \)y/\1n/' "$S/good-master.cf" \
	>"$S/p/etc/master.cf"
like "$(check_inside)" "^ok +mta +Postfix asks at $SOCKET " \
	"  but not without a chroot"
OLD=/run/authmap/socketmap/sock
inside mkdir -p "${OLD%/*}"
inside ln -s "$SOCKET" $OLD
sed "s,unix:authmap/sock,unix:$OLD,g" "$S/good.cf" >"$S/p/etc/main.cf"
like "$(check_inside)" \
	"^warning +mta +Postfix asks on the old socket, .*$SMTP/inet.*: put /run/authmap-socketmapd/sock in the place of $OLD" \
	"the socket that the next release does not have"
cp "$S/good.cf" "$S/p/etc/main.cf"
cp "$S/good-master.cf" "$S/p/etc/master.cf"
reload
within 10 relays
ok $? "all as it was: a client may relay"

# ----- what undoes a permit ------------------------------------------------
cat >>"$S/p/etc/main.cf" <<-EOF
	smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
	EOF
reload
within 10 refused
ok $? "a main.cf from before Postfix 2.10: nobody may relay"
said=$(check_inside)
like "$said" "^wrong +mta +Postfix: reject_unauth_destination in smtpd_recipient_restrictions refuses before" \
	"  check says so"
mend "$said"
within 10 relays
ok $? "  its command mends it"
like "$(relay 203.0.113.99)" "^554" "  and opens the relay to nobody else"
unlike "$(check_inside)" "^wrong +mta" "  check is content"

cp "$S/good.cf" "$S/p/etc/main.cf"
too_late="permit_mynetworks, reject_unauth_destination, check_client_access, socketmap:unix:authmap/sock:popauth"
inside postconf -e "smtpd_relay_restrictions = $too_late"
reload
within 10 refused
ok $? "the map is asked too late: nobody may relay"
said=$(check_inside)
like "$said" "^wrong +mta +Postfix: reject_unauth_destination in smtpd_relay_restrictions" \
	"  check says so"
mend "$said"
within 10 relays
ok $? "  its command mends it"
like "$(relay 203.0.113.99)" "^554" "  and opens the relay to nobody else"

# ----- a port of its own ---------------------------------------------------
cp "$S/good.cf" "$S/p/etc/main.cf"
cat >>"$S/p/etc/master.cf" <<-EOF
	127.0.0.1:587 inet n - y - - smtpd
	  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
	EOF
like "$(check_inside)" "^ok +mta +Postfix 127.0.0.1:587/inet: its own smtpd_recipient_restrictions" \
	"port 587 for SMTP AUTH alone is told"
cp "$S/good-master.cf" "$S/p/etc/master.cf"
inside postconf -P "$SMTP/inet/smtpd_relay_restrictions=$(echo "$too_late" | tr -d ' ')"
reload
within 10 refused
ok $? "restrictions in master.cf that ask too late: nobody may relay"
said=$(check_inside)
like "$said" "^wrong +mta +Postfix $SMTP/inet: reject_unauth_destination in its own smtpd_relay_restrictions" \
	"  check says so"
mend "$said"
within 10 relays
ok $? "  its command mends it"
cp "$S/good-master.cf" "$S/p/etc/master.cf"

# ----- words that are no configuration --------------------------------------
sed '/^smtpd_relay_restrictions/,$d' "$S/good.cf" >"$S/p/etc/main.cf"
# shellcheck disable=SC2016 # Postfix's own
echo 'smtpd_banner = $myhostname ESMTP authmap socketmap' >>"$S/p/etc/main.cf"
like "$(check_inside)" "^warning +mta +Postfix does not ask .*/postfix-authmap.cf" \
	"a banner with our name asks nothing"
echo "nonsense" >>"$S/p/etc/main.cf"
like "$(check_inside)" "^wrong +mta +Postfix: .*main.cf, line [0-9]*: missing '='" \
	"a main.cf with an error"
cp "$S/good.cf" "$S/p/etc/main.cf"
mkdir "$S/p/other"
cp "$S/good-master.cf" "$S/p/other/master.cf"
echo "nonsense" >"$S/p/other/main.cf"
like "$(export MAIL_CONFIG="$S/p/other" && check_inside)" \
	"^wrong +mta +Postfix: .*$S/p/other/main.cf, line 1" \
	"MAIL_CONFIG names another Postfix"
done_testing
