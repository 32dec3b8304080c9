#!/bin/sh
# SPDX-License-Identifier: ISC
# authmap check reads the configuration of Postfix: it finds each state in which a
# client in the map may not relay, and prints the command that corrects it.
. "$(dirname "$0")/../lib/tap.sh"
uses postfix

IN_CHROOT=$POSTFIX_SPOOL/authmap/sock
begin "socket = $SOCKET $IN_CHROOT"
postfix_start "$TOP/conf.d/mta/postfix-authmap.cf" ||
	skip_all "Postfix cannot be unpacked here"
nsenter -t "$mta" -m -r mount --bind "$S/p/etc" /etc/postfix
responder_start
authmap record 203.0.113.7 joe imap
cp "$S/p/etc/main.cf" "$S/good.cf"
cp "$S/p/etc/master.cf" "$S/good-master.cf"

# reload: Postfix reads its files again within some seconds.
reload() {
	kill -HUP "$mta"
}
# mend SAID: run the command of the line about Postfix in SAID.
mend() {
	command=$(printf '%s\n' "$1" |
		sed -n "s/^w.* mta .*: \(postconf .*\); postfix reload.*/\1/p")
	in_mta sh -c "$command"
	reload
}
# mended SAID: this command makes Postfix ask, and opens the relay only for
# addresses in the map.
mended() {
	mend "$1"
	within 10 lets_relay 203.0.113.7
	ok $? "  its command corrects the configuration"
	like "$(relay 203.0.113.99)" "^[45]54" "  and opens the relay to no other client"
}

asked=$(figures lookups_ok)
lets_relay 203.0.113.7
ok $? "a client in the map may relay"
is $(($(figures lookups_ok) - asked)) 1 "  Postfix asks once for the recipient"
like "$(check_inside)" "^ok +mta +Postfix asks at $IN_CHROOT \\($SMTP/inet" \
	"check reports it, with the socket as Postfix sees it"
story_probe Postfix

# ----- the socket in the chroot was forgotten ------------------------------
responder_stop
rm -rf "$POSTFIX_SPOOL/authmap"
authmap_conf "socket = $SOCKET"
responder_start
within 10 refuses 203.0.113.7
ok $? "no socket in the chroot: no client may relay"
like "$(check_inside)" "^wrong +mta +Postfix asks at $IN_CHROOT .*No such file.*$IN_CHROOT" \
	"  check reports it, and which socket to add"
like "$(check_inside --probe 203.0.113.77)" "^wrong +probe +Postfix does not let" \
	"  and so does a probe"
in_mta mkdir -p /run/systemd/system
like "$(check_inside)" "^wrong +mta +Postfix asks at $IN_CHROOT .*: systemctl edit authmap-socketmapd.socket, add \[Socket\] and ListenStream=$IN_CHROOT, then systemctl restart " \
	"  with systemd, its socket unit is to be changed"
in_mta postconf -e queue_directory=/var/spool/postfix
like "$(check_inside)" "^wrong +mta +Postfix asks at /var/spool/postfix/authmap/sock .*: systemctl restart authmap-socketmapd.service$" \
	"  or restarted, where it has a unit for Debian's Postfix"
cp "$S/good.cf" "$S/p/etc/main.cf"
in_mta rm -r /run/systemd
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
	"a path that means another file in the chroot"
sed 's/smtpd$/&/; s/^\([^ ]* *inet  n       -       \)y/\1n/' "$S/good-master.cf" \
	>"$S/p/etc/master.cf"
like "$(check_inside)" "^ok +mta +Postfix asks at $SOCKET " \
	"  but not without a chroot"
OLD=/run/authmap/socketmap/sock
in_mta mkdir -p "${OLD%/*}"
in_mta ln -s "$SOCKET" $OLD
sed "s,unix:authmap/sock,unix:$OLD,g" "$S/good.cf" >"$S/p/etc/main.cf"
like "$(check_inside)" \
	"^warning +mta +Postfix asks at the old socket $OLD .*$SMTP/inet.*: replace it by /run/authmap-socketmapd/sock" \
	"the old socket, which the next release does not have"
cp "$S/good.cf" "$S/p/etc/main.cf"
cp "$S/good-master.cf" "$S/p/etc/master.cf"
reload
within 10 lets_relay 203.0.113.7
ok $? "with the first configuration, a client may relay"

# ----- restrictions that refuse anyway --------------------------------------
cat >>"$S/p/etc/main.cf" <<-EOF
	smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
	EOF
reload
within 10 refuses 203.0.113.7
ok $? "a main.cf from before Postfix 2.10: no client may relay"
said=$(check_inside)
like "$said" "^wrong +mta +Postfix: reject_unauth_destination in smtpd_recipient_restrictions refuses before" \
	"  check reports it"
mended "$said"
unlike "$(check_inside)" "^wrong +mta" "  check reports no error"

cp "$S/good.cf" "$S/p/etc/main.cf"
too_late="permit_mynetworks, reject_unauth_destination, check_client_access, socketmap:unix:authmap/sock:popauth"
in_mta postconf -e "smtpd_relay_restrictions = $too_late"
reload
within 10 refuses 203.0.113.7
ok $? "the map is asked too late: no client may relay"
said=$(check_inside)
like "$said" "^wrong +mta +Postfix: reject_unauth_destination in smtpd_relay_restrictions" \
	"  check reports it"
mended "$said"

# ----- a port of its own ---------------------------------------------------
cp "$S/good.cf" "$S/p/etc/main.cf"
cat >>"$S/p/etc/master.cf" <<-EOF
	127.0.0.1:587 inet n - y - - smtpd
	  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
	EOF
like "$(check_inside)" "^ok +mta +Postfix 127.0.0.1:587/inet: its own smtpd_recipient_restrictions" \
	"port 587 that is only for SMTP AUTH is reported as such"
for service in "$SMTP/inet" smtpd/pass; do
	in_mta postconf -P "$service/smtpd_recipient_restrictions=permit_sasl_authenticated,reject"
done
like "$(check_inside)" "^wrong +mta +Postfix: every service of master.cf refuses the clients in the map by restrictions of its own: remove them from one" \
	"  but not if no other port is left for the clients"
cp "$S/good-master.cf" "$S/p/etc/master.cf"
sed "s,unix:authmap/sock,inet:192.0.2.9:279," "$S/good.cf" >"$S/p/etc/main.cf"
like "$(check_inside)" "^wrong +mta +Postfix asks at inet:192.0.2.9:279 .*is not a socket of authmap-socketmapd: follow .*/postfix-authmap.cf" \
	"a socket on another host"
cp "$S/good.cf" "$S/p/etc/main.cf"
in_mta postconf -P "$SMTP/inet/smtpd_relay_restrictions=$(echo "$too_late" | tr -d ' ')"
reload
within 10 refuses 203.0.113.7
ok $? "restrictions in master.cf that ask too late: no client may relay"
said=$(check_inside)
like "$said" "^wrong +mta +Postfix $SMTP/inet: reject_unauth_destination in its own smtpd_relay_restrictions" \
	"  check reports it"
mended "$said"
cp "$S/good-master.cf" "$S/p/etc/master.cf"

# ----- restriction classes -------------------------------------------------
MAP="check_client_access socketmap:unix:authmap/sock:popauth"
# classes RELAY CLASS: set smtpd_relay_restrictions, and the restriction class
# "ours".
classes() {
	cp "$S/good.cf" "$S/p/etc/main.cf"
	in_mta postconf -e "smtpd_relay_restrictions = $1" \
		"smtpd_restriction_classes = ours" "ours = $2"
	reload
}
classes "permit_mynetworks, ours, reject_unauth_destination" "$MAP"
within 10 lets_relay 203.0.113.7
ok $? "a restriction class asks the map: a client may relay"
like "$(check_inside)" "^ok +mta +Postfix asks at $IN_CHROOT \($SMTP/inet" \
	"  check follows the class"
classes "permit_mynetworks, ours, $MAP, reject" "reject_unauth_destination"
within 10 refuses 203.0.113.7
ok $? "a class refuses before the map is asked"
said=$(check_inside)
like "$said" "^wrong +mta +Postfix: ours in smtpd_relay_restrictions refuses before" \
	"  check reports it"
mended "$said"
classes "permit_mynetworks, check_client_access static:ours, reject" "$MAP"
within 10 lets_relay 203.0.113.7
ok $? "a class that an access table names"
like "$(check_inside)" "^warning +mta +Postfix: not examined: only an access table can name ours" \
	"  is said not to be examined"
classes "permit_mynetworks, ours, reject_unauth_destination" "ours"
like "$(check_inside)" "^warning +mta +Postfix $SMTP/inet: not examined: " \
	"and so is a class that cannot be followed"
cp "$S/good-master.cf" "$S/p/etc/master.cf"

# ----- a list that is too long for a command --------------------------------
many=$(seq -f 'reject_rbl_client dnsbl-%g.example.org,' 30 | tr '\n' ' ')
cp "$S/good.cf" "$S/p/etc/main.cf"
in_mta postconf -e "smtpd_recipient_restrictions = $many reject_unauth_destination"
said=$(check_inside)
like "$said" "^wrong +mta +Postfix: reject_unauth_destination in smtpd_recipient_restrictions refuses before the map is asked: put \"$MAP\" before it" \
	"a long list is examined to its end"
unlike "$said" "postconf -e" "  and no command is printed that would cut it"

# ----- nothing asks yet ----------------------------------------------------
sed '/^smtpd_relay_restrictions/,$d' "$S/good.cf" >"$S/p/etc/main.cf"
reload
within 10 refuses 203.0.113.7
ok $? "Postfix's own default does not ask"
said=$(check_inside)
like "$said" "^warning +mta +Postfix is installed but not configured for authmap: postconf -e .*/postfix-authmap.cf" \
	"  check says so, with the command"
mended "$said"
ended "$responder"
like "$(relay 203.0.113.99 joe@example.org)" "^250" \
	"  mail to this host does not depend on the responder"
responder_start
sh -c "inside() { nsenter -t $mta -m -r -w \"\$@\"; }
$(awk '/^<!-- block: / { name = $3 } /^    / && name == "remove-postfix"' \
	"$TOP/README.md" | sed 's/\(postconf\) -/inside \1 -/g; s/postfix reload//')"
unlike "$(in_mta postconf -n)" socketmap "  README's commands take it out again"

sed '/^smtpd_relay_restrictions/,$d' "$S/good.cf" >"$S/p/etc/main.cf"
printf '%s\n' "smtpd_relay_restrictions =" \
	"smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination" \
	>>"$S/p/etc/main.cf"
reload
within 10 refuses 203.0.113.7
ok $? "smtpd_relay_restrictions is empty on purpose"
said=$(check_inside)
like "$said" "not configured for authmap: postconf -e 'smtpd_recipient_restrictions = permit_mynetworks check_client_access [^ ]* reject_unauth_destination'" \
	"  check prints the command for the other list"
mended "$said"

# ----- an old compatibility_level ------------------------------------------
sed '/^smtpd_relay_restrictions/,$d; s/^\(compatibility_level\).*/\1 = 0/' \
	"$S/good.cf" >"$S/p/etc/main.cf"
echo "smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination" \
	>>"$S/p/etc/main.cf"
# shellcheck disable=SC2016 # Postfix's own
echo "smtpd_relay_restrictions = \${{\$compatibility_level} <level {1} ? {} : {permit_mynetworks, $MAP, reject}}" \
	>>"$S/p/etc/main.cf"
reload
within 10 refuses 203.0.113.7
ok $? "smtpd_relay_restrictions is empty at compatibility_level 0"
said=$(check_inside)
like "$said" "^wrong +mta +Postfix: smtpd_relay_restrictions is empty while compatibility_level is 0" \
	"  check reports it"
mend "$said"
said=$(check_inside)
like "$said" "^wrong +mta +Postfix: reject_unauth_destination in smtpd_recipient" \
	"  and then the next error"
mended "$said"
cp "$S/good.cf" "$S/p/etc/main.cf"

# ----- other mentions of authmap --------------------------------------------
sed '/^smtpd_relay_restrictions/,$d' "$S/good.cf" >"$S/p/etc/main.cf"
# shellcheck disable=SC2016 # Postfix's own
echo 'smtpd_banner = $myhostname ESMTP authmap socketmap' >>"$S/p/etc/main.cf"
like "$(check_inside)" "^warning +mta +Postfix is installed but not configured .*/postfix-authmap.cf" \
	"authmap in a banner does not count as a request"
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
