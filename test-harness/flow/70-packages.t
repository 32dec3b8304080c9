#!/bin/sh
# SPDX-License-Identifier: ISC
# The packages, in a bare Debian that has booted: installed, enabled, a login to
# Debian's Dovecot, a request to the responder; the units; upgraded, removed,
# purged, and nothing is left.
. "$(dirname "$0")/../lib/tap.sh"
uses servers booted

boot_start

series=$(cut -d . -f 1,2 /usr/share/dovecot/dovecot-abi)
version=$(dpkg-parsechangelog -l debian/changelog -S Version)
is "$version" "$("$O/authmap" --version | cut -d ' ' -f 2)" \
	"the packages have the version of the programs"
make -s deb O="$S/build" >"$S/out" 2>&1 || sed 's/^/# /' "$S/out"
test -e "$S/build/deb/authmap_${version}_$(dpkg --print-architecture).deb"
ok $? "make deb"
cp "$S"/build/deb/*.deb "$F"
is "$(lintian --allow-root "$S"/build/deb/*.changes 2>&1 | grep -v "^N:")" "" \
	"  lintian reports nothing"
like "$(dpkg-deb -f "$F"/dovecot-authmap_*.deb Built-Using)" \
	"^libbsd \\(= [0-9.-]+\\)$" "  the plugin's package names the library that is linked into it"
dpkg-deb -x "$F"/libauthmap-dev_*.deb "$S/dev"
test -e "$S/dev$(sed -n 's/^libdir=//p' "$(find "$S/dev" -name authmap.pc)"\
)/libauthmap.a"
ok $? "  authmap.pc has the folder of the library"

# make_next PACKAGE: make the next version, with another default configuration.
make_next() {
	next=$S/next/$1
	dpkg-deb -R "$F/$1_$version"_*.deb "$next" &&
		sed -i "s/^Version: .*/&+next/; s/ (= [^)]*/&+next/" \
			"$next/DEBIAN/control" &&
		find "$next/etc" -type f -exec sed -i '$a# The next one.' {} + &&
		dpkg-deb -b "$next" "$F/$1-next.deb" >/dev/null
}
mkdir "$S/next"
make_next authmap && make_next dovecot-authmap
ok $? "the next version"

apt() {
	inside apt-get -q -y --no-install-recommends \
		-o Dpkg::Options::=--force-confdef "$@" >"$S/out" 2>&1 ||
		{ sed 's/^/# /' "$S/out"; return 1; }
}
authmap() {
	inside authmap "$@"
}
login() {		# login ADDRESS: log in as joe from there
	in_network "$CLIENT" imap --tls "$1" 993
}
asked() {		# asked QUESTION [SOCKET]
	"$TOP/test-harness/programs/socketmap" \
		"/proc/$(cat "$F/pid")/root${2:-/run/authmap-socketmapd/sock}" \
		"$1"
}
active() {
	inside systemctl is-active authmap-sweeper.service \
		authmap-socketmapd.socket authmap-socketmapd.service 2>&1 |
		sort | uniq -c | tr -s ' '
}
modes() {
	inside stat -c '%n %U:%G %a' /run/authmap /run/authmap/relay.gdbm \
		/run/authmap-socketmapd /run/authmap-socketmapd/sock \
		/run/authmap/socketmap /run/authmap/socketmap/sock \
		/var/lib/authmap
}
# Reset systemd's counts of starts: it would refuse further ones.
often() {
	inside systemctl reset-failed
}
main_pid() {
	inside systemctl show -P MainPID "$1.service"
}

inside useradd -m joe
echo joe:pw | inside chpasswd

# ----- installed -----------------------------------------------------------
apt install dovecot-imapd dovecot-pop3d
ok $? "Dovecot is installed"
# Dovecot 2.4.1 was started without a protocol; a reload does not add one.
inside systemctl restart dovecot
arch=$(dpkg --print-architecture)
apt install "/test/authmap_${version}_$arch.deb" \
	"/test/dovecot-authmap_${version}_$arch.deb"
ok $? "apt install"
like "$(inside getent passwd authmap)" \
	"^authmap:x:[1-9][0-9]{0,2}:[1-9][0-9]{0,2}:.*:/nonexistent:.*nologin$" \
	"  makes the system user"
is "$(active)" " 3 active" "  starts the daemons"
is "$(inside systemctl is-enabled authmap-sweeper.service \
	authmap-socketmapd.socket authmap-socketmapd.service | sort -u)" \
	"enabled" "  also at each boot"
is "$(modes)" "/run/authmap authmap:authmap 2771
/run/authmap/relay.gdbm authmap:authmap 660
/run/authmap-socketmapd authmap:authmap 755
/run/authmap-socketmapd/sock root:root 666
/run/authmap/socketmap authmap:authmap 755
/run/authmap/socketmap/sock root:root 666
/var/lib/authmap authmap:authmap 2750" "  with the folders' owners and modes"
# shellcheck disable=SC2016 # the inner shell fills it in
is "$(inside sh -c 'dpkg -L authmap dovecot-authmap | while read -r file; do
	[ -z "$file" ] || [ -L "$file" ] || stat -c "%U:%G %a" "$file"; done' | sort -u)" \
	"root:root 644
root:root 755" "  all other files belong to root"
authmap check >"$S/check"
is "$?, $(grep -c "^wrong" "$S/check")" "2, 1" "authmap check reports one error"
like "$(cat "$S/check")" "^wrong +dovecot +the plugin is not enabled.*: $(sed -n \
	's/^    \(sed -i .*\)/\1/p' "$TOP/README.md" | head -n 1 | sed 's/[][\^$.*!]/\\&/g'); doveadm reload$" \
	"  and names the command of README"
login 203.0.113.7 >"$S/out"
ok $? "joe logs in"
is "$(authmap list)" "" "  which is not recorded before the plugin is enabled"

# ----- enabled -------------------------------------------------------------
inside sed -i 's/^#!include_try/!include_try/' /etc/dovecot/conf.d/95-authmap.conf
inside doveadm reload
recorded() {
	login 203.0.113.7 && authmap lookup 203.0.113.7
}
within 10 recorded
ok $? "with its line enabled, a login is recorded"
like "$(authmap list)" "^203.0.113.7	joe	imap	" "  with the user"
authmap check >"$S/check"
is $? 0 "  authmap check reports no error"
is "$(asked "relay 203.0.113.7")" "OK OK" "the responder answers OK"
is "$(asked "user 203.0.113.7")" "OK joe" "  root gets the user's name"
# heard ACCOUNT: print the user that the responder returns to a program of ACCOUNT.
heard() {
	# shellcheck disable=SC2016 # the inner shell fills it in
	inside setpriv --reuid "$1" --regid "$1" --clear-groups \
		env TCPREMOTEIP=203.0.113.7 authmap relaylock -- \
		sh -c 'echo "$AUTHMAP_USER"'
}
is "$(heard mail)" "joe" "  and so does a system account"
# Not as joe, whose process has written the map last and owns it.
is "$(heard 2000)" "-" "  but not an ordinary account"
is "$(asked "relay 203.0.113.8")" "NOTFOUND " "  and no other address may relay"

# ----- the old socket ------------------------------------------------------
OLD=/run/authmap/socketmap/sock
# shellcheck disable=SC2016 # perl fills it in
like "$(inside perl -MIO::Socket::UNIX -e '
	$) = $( = 33; $> = $< = 33;
	$s = IO::Socket::UNIX->new($ARGV[0]) or die "$!";
	print $s "17:relay 203.0.113.7,"; read $s, $got, 8; print $got' $OLD 2>&1)" \
	"^5:OK OK,$" "the old socket answers an MTA that is not in the group"
like "$(inside journalctl -q -o cat -u authmap-socketmapd -g "$OLD: listening")" \
	"in this release only" "  and the log names the remedy"
folder_is() {
	[ "$(inside stat -c %a /run/authmap)" = "$1" ]
}
inside sed -i 's/^#socket = /socket = /' /etc/authmap.conf
inside systemctl restart authmap-sweeper
within 5 folder_is 2770
ok $? "  if the configuration leaves it out, other users cannot enter the map's folder"
inside sed -i 's/^socket = /#socket = /' /etc/authmap.conf
inside systemctl restart authmap-sweeper
within 5 folder_is 2771
ok $? "  otherwise they can"

# ----- the units -----------------------------------------------------------
for unit in authmap-sweeper authmap-socketmapd; do
	inside systemd-analyze security --no-pager --threshold=20 \
		$unit.service >"$S/out"
	ok $? "$unit: $(sed -n 's/.*Overall/overall/p' "$S/out")"
	is "$(inside systemd-analyze verify --man=no $unit.service 2>&1 |
		grep authmap)" "" "  verified"
	pid=$(main_pid $unit)
	is "$(inside sed -n 's/^CapBnd:	//p; s/^NoNewPrivs:	//p' \
		"/proc/$pid/status" | tr '\n' ' ')" "0000000000000000 1 " \
		"  has no privileges of root"
	is "$(inside stat -c %U "/proc/$pid")" "authmap" "  runs as its user"
done
like "$(inside systemctl show -P Before authmap-sweeper.service)" \
	"dovecot.service" "the sweeper starts before Dovecot"
before=$(main_pid authmap-sweeper)
inside sh -c "kill -9 $before"
renewed() {
	[ "$(main_pid authmap-sweeper)" != "$before" ] && active | grep -q 3
}
within 10 renewed
ok $? "  and starts again after a kill"
often
inside systemctl restart authmap-sweeper authmap-socketmapd dovecot
is "$(asked "relay 203.0.113.7")" "OK OK" "after a restart of all units, the entry is in the map"
inside systemctl stop authmap-sweeper authmap-socketmapd.socket dovecot
inside rm -rf /run/authmap /run/authmap-socketmapd
authmap check >"$S/check"
like "$(cat "$S/check")" \
	"^wrong +folder +/run/authmap: No such file or directory: systemd-tmpfiles --create$" \
	"authmap check names systemd's command for the folder"
like "$(cat "$S/check")" "^wrong +sweeper .*: systemctl start authmap-sweeper.service$" \
	"  for the sweeper"
like "$(cat "$S/check")" "^warning +dovecot +is not running: systemctl start dovecot$" \
	"  and for Dovecot"
inside systemd-tmpfiles --create
inside systemctl start authmap-sweeper authmap-socketmapd.socket dovecot
is "$(asked "relay 203.0.113.7")" "OK OK" "  after a reboot's empty /run, too"
often
inside mkdir -p /etc/systemd/system/authmap-socketmapd.socket.d
inside sed -n '/^\[Socket/p; s/^#\(ListenStream=\)/\1/p' \
	/lib/systemd/system/authmap-socketmapd.socket >"$F/more.conf"
inside cp /test/more.conf /etc/systemd/system/authmap-socketmapd.socket.d/
inside systemctl daemon-reload
inside systemctl restart authmap-socketmapd.socket authmap-socketmapd.service
for socket in /run/authmap-socketmapd/sock /run/authmap/socketmap/sock; do
	is "$(asked "relay 203.0.113.7" $socket)" "OK OK" "asked on $socket"
done
is "$(in_network "$TOP/test-harness/programs/socketmap" \
	inet:127.0.0.1:279 "relay 203.0.113.7")" "OK OK" "  and over TCP"
inside rm -r /etc/systemd/system/authmap-socketmapd.socket.d
inside systemctl daemon-reload
inside systemctl restart authmap-socketmapd.socket authmap-socketmapd.service

# ----- Postfix is installed later ------------------------------------------
often
POSTFIX_SOCKET=/var/spool/postfix/authmap/sock
inside test ! -e /var/spool/postfix
ok $? "without Postfix, there is no socket for it"
for time in "Postfix is installed" "purged, and installed again"; do
	apt install postfix
	ok $? "$time"
	within 10 asked "relay 203.0.113.7" $POSTFIX_SOCKET >"$S/out"
	is "$(asked "relay 203.0.113.7" $POSTFIX_SOCKET)" "OK OK" \
		"  it has its socket without any command"
	is "$(inside stat -c '%n %U:%G %a' /var/spool/postfix/authmap)" \
		"/var/spool/postfix/authmap root:root 755" "  in a folder of root"
	is "$(asked "relay 203.0.113.7")" "OK OK" "  beside the other socket"
	apt purge postfix
	inside test ! -e /var/spool/postfix
	ok $? "  and stops with it"
done
inside systemctl stop authmap-socketmapd.socket
is "$(inside systemctl is-active authmap-postfix.socket)" inactive \
	"both sockets are stopped together"
inside systemctl start authmap-socketmapd.socket authmap-socketmapd.service

# ----- several hosts -------------------------------------------------------
often
engine=valkey-server
[ "$series" != 2.3 ] || engine=redis-server
cluster_deb=/test/authmap-cluster_${version}_$arch.deb
cluster_state() {
	inside systemctl show -P "$1" authmap-cluster.service
}
connected() {
	authmap check | grep -q '^ok  *cluster  *connected to '
}
apt install "$cluster_deb" $engine
ok $? "authmap-cluster is installed"
is "$(inside systemctl is-enabled authmap-cluster.service)" "disabled" \
	"  it is not enabled without a cluster"
is "$(cluster_state ActiveState)" "inactive" "  nor started"
inside systemctl --no-block start authmap-cluster.service
gave_up() {		# for good: not "activating", as between attempts
	[ "$(cluster_state ActiveState)" = failed ]
}
within 10 gave_up
ok $? "started without a cluster, it fails permanently"
is "$(cluster_state ExecMainStatus) $(cluster_state NRestarts)" "78 0" \
	"  once, because it is not configured"
is "$(inside journalctl -q -o cat -u authmap-cluster.service \
	-g 'cluster = is not set' | wc -l)" 1 "  which is logged once"
echo 'cluster = redis://127.0.0.1' |
	inside tee -a /etc/authmap.conf >/dev/null
inside systemctl enable --now authmap-cluster.service >"$S/out" 2>&1
ok $? "  with a cluster, it is started"
within 20 connected
ok $? "  connected to $engine"
inside systemd-analyze security --no-pager --threshold=20 \
	authmap-cluster.service >"$S/out"
ok $? "  $(sed -n 's/.*Overall/overall/p' "$S/out")"
is "$(inside systemd-analyze verify --man=no authmap-cluster.service 2>&1 |
	grep authmap)" "" "  its unit is verified"
before=$(main_pid authmap-cluster)
is "$(inside stat -c %U "/proc/$before")" "authmap" "  it runs as its user"
is "$(inside sed -n 's/^CapBnd:	//p; s/^NoNewPrivs:	//p' \
	"/proc/$before/status" | tr '\n' ' ')" "0000000000000000 1 " \
	"  it has no privileges of root"
inside systemctl reload authmap-cluster.service && within 20 connected
ok $? "  reload"

inside dpkg -i "$cluster_deb" >"$S/out" 2>&1
ok $? "upgraded while it runs"
other_pid() {
	now=$(main_pid authmap-cluster)
	[ "$now" != 0 ] && [ "$now" != "$before" ] && connected
}
within 20 other_pid
ok $? "  the new one runs"
inside systemctl disable --now authmap-cluster.service >"$S/out" 2>&1
inside dpkg -i "$cluster_deb" >"$S/out" 2>&1
is "$(cluster_state ActiveState)" "inactive" \
	"  a disabled one stays disabled"

init=/etc/init.d/authmap-cluster
inside cp /usr/share/doc/authmap/sysv-authmap-cluster $init
inside chmod 755 $init
inside $init start
ok $? "the script for a System V init starts it"
within 20 connected
ok $? "  connected"
inside $init start && inside $init status && inside $init reload &&
	within 20 connected && inside $init restart && within 20 connected
ok $? "  a second start, status, reload, restart"
inside $init stop && inside $init stop
ok $? "  stop, and a second stop"
# start-stop-daemon waits until the pidfile is removed, which is just before the end.
gone() {
	inside sh -c '! pidof authmap-cluster' >"$S/out"
}
! inside $init status && within 5 gone
ok $? "  it has ended"
inside rm $init

inside systemctl enable --now authmap-cluster.service >"$S/out" 2>&1
within 20 connected
ok $? "removed while it runs"
apt remove authmap-cluster
ok $? "  apt remove"
is "$(cluster_state ActiveState)" "inactive" "  it is stopped"
inside sh -c '! pidof authmap-cluster' >"$S/out"
ok $? "  no process"
left() {
	inside find /run/authmap /var/lib/authmap \
		\( -name relay.feed -o -name relay.cluster \)
}
is "$(left)" "" "  and no file of it beside the map"
apt install "$cluster_deb"
within 20 connected
ok $? "  installed again, it runs as before"
inside systemctl stop authmap-cluster.service
inside rm /run/authmap/relay.feed
inside mkdir -p /run/authmap/relay.feed/planted
apt purge authmap-cluster $engine
ok $? "purged, with files that a member of the group has planted"
is "$(left)" "" "  and no file of it beside the map"
is "$(inside find /etc /var/lib/systemd -name '*authmap-cluster*')" "" \
	"  nor anywhere else"
inside sed -i '/^cluster = /d' /etc/authmap.conf
is "$(authmap check | grep cluster)" "" "  authmap check reports no cluster"

# ----- upgraded ------------------------------------------------------------
often
inside sed -i 's/^#window = .*/window = 1h/' /etc/authmap.conf
inside md5sum /etc/authmap.conf /etc/dovecot/conf.d/95-authmap.conf >"$S/edited"
inside systemctl reload authmap-sweeper authmap-socketmapd
ok $? "reload"
is "$(inside journalctl -q -o cat -u authmap-sweeper -u authmap-socketmapd \
	-g 'authmap.conf: reloaded' | wc -l)" 2 \
	"  also by both"
touch "$S/asking"
while [ -e "$S/asking" ]; do
	asked "relay 203.0.113.7"
done >"$S/answers" 2>&1 &
asker=$!
started $asker
since() {
	inside systemctl show -P ActiveEnterTimestampMonotonic \
		authmap-socketmapd.socket
}
listening=$(since)
before=$(main_pid authmap-sweeper)
apt install /test/authmap-next.deb /test/dovecot-authmap-next.deb
ok $? "apt install: the next version"
rm "$S/asking"
wait $asker
is "$(sort -u "$S/answers")" "OK OK" "  MTAs are answered all the time"
is "$(since)" "$listening" "  on sockets that stay"
is "$(inside md5sum /etc/authmap.conf /etc/dovecot/conf.d/95-authmap.conf)" \
	"$(cat "$S/edited")" "  an edited configuration is unchanged"
is "$(active)" " 3 active" "  the daemons run"
renewed
ok $? "  the new version"
like "$(authmap list)" "^203.0.113.7	joe	imap	" "  the entry is there"
login 198.51.100.7 >"$S/out"
is "$(asked "relay 198.51.100.7")" "OK OK" "  the next login is recorded"

# A unit that listens only on the old socket, as in the version before.
often
inside systemctl stop authmap-socketmapd.socket authmap-socketmapd.service
inside mkdir -p /run/systemd/system/authmap-socketmapd.socket.d
printf '%s\n' '[Socket]' 'ListenStream=' "ListenStream=$OLD" |
	inside tee /run/systemd/system/authmap-socketmapd.socket.d/old.conf \
	>"$S/out"
inside systemctl daemon-reload
inside systemctl start authmap-socketmapd.socket authmap-socketmapd.service
inside test ! -e /run/authmap-socketmapd/sock
ok $? "an older version: only the old socket"
inside rm -r /run/systemd/system/authmap-socketmapd.socket.d
apt install --reinstall /test/authmap-next.deb
ok $? "  upgraded"
for socket in /run/authmap-socketmapd/sock $OLD; do
	is "$(asked "relay 203.0.113.7" "$socket")" "OK OK" "  asked on $socket"
done

# ----- without systemd -----------------------------------------------------
often
inside systemctl stop authmap-sweeper authmap-socketmapd.socket \
	authmap-socketmapd.service
inside cp /usr/share/doc/authmap/sysv-authmap /etc/init.d/authmap
inside chmod 755 /etc/init.d/authmap
inside /etc/init.d/authmap start
ok $? "the script for a System V init starts both"
within 5 inside /etc/init.d/authmap status
ok $? "  status"
is "$(asked "relay 203.0.113.7")" "OK OK" "  with the same entries"
inside /etc/init.d/authmap start && inside /etc/init.d/authmap reload &&
	inside /etc/init.d/authmap restart
ok $? "  a second start, reload, restart"
is "$(asked "relay 203.0.113.7")" "OK OK" "  they run"
within 5 inside /etc/init.d/authmap status
inside /etc/init.d/authmap stop && inside /etc/init.d/authmap stop
ok $? "  stop, and a second stop"
! inside /etc/init.d/authmap status
ok $? "  status"
inside rm /etc/init.d/authmap /run/authmap/relay.beat
inside sh -c "$(inside sed -n 's/^[*] .* root //p' \
	/usr/share/doc/authmap/authmap.cron)"
ok $? "cron's line"
like "$(authmap check)" "^ok +sweeper" "  sweeps"
often
inside systemctl start authmap-sweeper authmap-socketmapd.socket

# ----- a removal while servers use authmap ---------------------------------
often
named() {		# named LINE ...: write the administrator's own configuration
	printf '%s\n' "$@" | inside tee /etc/dovecot/conf.d/99-own.conf >/dev/null
}
if [ "$series" = 2.3 ]; then
	# shellcheck disable=SC2016 # Dovecot fills it in
	named 'protocol imap {' '  mail_plugins = $mail_plugins authmap' '}'
else
	named 'protocol imap {' '  mail_plugins {' '    authmap = yes' '  }' '}'
fi
! apt remove dovecot-authmap >"$S/words"
ok $? "not removed while the administrator's own file names the plugin"
like "$(cat "$S/words")" "Dovecot: .*authmap" "  the line is shown"
login 203.0.113.7 >"$S/out"
ok $? "  logins succeed"
within 5 authmap lookup 203.0.113.7
ok $? "  and are recorded"
inside test -e /usr/share/dovecot-authmap/authmap.conf
ok $? "  the package is complete"
inside mv /usr/share/dovecot-authmap/authmap.conf \
	/usr/share/dovecot-authmap/authmap.conf.removed
! apt remove dovecot-authmap >"$S/words"
ok $? "nor if a removal was interrupted before"
inside test -e /usr/share/dovecot-authmap/authmap.conf
ok $? "  the package is complete again"
inside rm /etc/dovecot/conf.d/99-own.conf
printf '%s\n' '#!/bin/sh' 'exec authmap relaylock -- true' |
	inside install -D /dev/stdin /etc/service/smtp/run
! apt remove authmap >"$S/words"
ok $? "nor while qmail's script runs the tool"
like "$(cat "$S/words")" "/etc/service/smtp/run: exec authmap relaylock" \
	"  the line is shown"
is "$(active)" " 3 active" "  the daemons run"
inside env AUTHMAP_FORCE_REMOVE=yes dpkg -r dovecot-authmap authmap >"$S/out" 2>&1
ok $? "  unless the administrator insists"
inside rm -r /etc/service
apt install /test/authmap-next.deb /test/dovecot-authmap-next.deb

# ----- removed, purged -----------------------------------------------------
often
apt remove authmap dovecot-authmap
ok $? "apt remove"
within 10 login 203.0.113.7
ok $? "  logins succeed, although the line is enabled"
unlike "$(inside journalctl -q -o cat -u dovecot)" "Plugin 'authmap' not found" \
	"  none failed because of a missing plugin"
is "$(inside systemctl list-units --no-legend | grep authmap)" "" \
	"  no unit is left"
inside sh -c '! pidof authmap-sweeper authmap-socketmapd'
ok $? "  no process"
is "$(inside md5sum /etc/authmap.conf /etc/dovecot/conf.d/95-authmap.conf)" \
	"$(cat "$S/edited")" "  an edited configuration stays"
apt install /test/authmap-next.deb /test/dovecot-authmap-next.deb
like "$(authmap list)" "^203.0.113.7	joe	imap	" \
	"installed again, everything works as before"
inside touch '/srv/left\033[1m'
inside chgrp authmap '/srv/left\033[1m'
apt remove authmap dovecot-authmap
inside mount -t tmpfs tmpfs /var/lib/authmap
inside sh /var/lib/dpkg/info/authmap.postrm purge >"$S/words" 2>&1
ok $? "a purge succeeds, although a folder is a mount point"
inside umount /var/lib/authmap
like "$(cat "$S/words")" \
	"^authmap: the user authmap stays, since /srv/left[?]033.1m is its: to remove it, \"userdel authmap\"" \
	"  leaves a user who has a file, and prints its name safely"
inside rm '/srv/left\033[1m'
apt purge authmap dovecot-authmap
ok $? "apt purge"
is "$(inside find / -xdev -not -path '/test*' -not -path '/var/log/*' \
	-not -path '/proc/*' -name '*authmap*' 2>&1 | sort)" "" \
	"  nothing is left"
is "$(inside find /run -name '*authmap*' 2>&1)" "" "  nor in /run"
is "$(inside getent passwd authmap; inside getent group authmap)" "" \
	"  neither the user nor the group"
login 203.0.113.7 >"$S/out"
ok $? "  logins succeed"

done_testing
