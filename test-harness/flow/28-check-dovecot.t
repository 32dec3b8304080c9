#!/bin/sh
# SPDX-License-Identifier: ISC
# authmap check finds each state of a real Dovecot in which no login is recorded,
# and names the command that corrects it.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
dovecot_start
live=$S/d/dovecot.conf
cp "$live" "$S/good.conf"
# Only in its mount namespace, Dovecot and its tools find the configuration.
nsenter -t "$dovecot" -m -r mount --bind "$live" /etc/dovecot/dovecot.conf
check() {
	# shellcheck disable=SC2153 # of servers.sh
	nsenter -t "$dovecot" -m -r -w "$O/authmap" -c "$CONF" check "$@"
}

# set_to COMMAND ...: make the configuration from the good one by COMMAND.
set_to() {
	"$@" "$S/good.conf" >"$S/next.conf"
	cat "$S/next.conf" >"$live"
	doveadm reload >"$S/out" 2>&1
}
# Log in from ADDRESS, with any result.
login() {
	client imap 127.0.0.1 "$IMAP_PROXY" --from "$1" >"$S/out" 2>&1
}
# recorded ADDRESS: is a login from ADDRESS recorded?
recorded() {
	login "$1"
	authmap lookup "$1" >"$S/out"
}
unrecorded() {
	! recorded "$1"
}

recorded 203.0.113.1
ok $? "a login is recorded"
check >"$S/check"
for protocol in imap pop3; do
	like "$(cat "$S/check")" "^ok +dovecot +$protocol records its logins" \
		"check reports that for $protocol"
done
like "$(cat "$S/check")" "^ok +dovecot .*lib_authmap_plugin.so is for this Dovecot" \
	"  and the Dovecot of the plugin"
unlike "$(cat "$S/check")" "^(wrong|warning) +(config|dovecot|folder|map)" \
	"  and finds no error"

cp "$CONF" "$S/other.conf"
like "$(nsenter -t "$dovecot" -m -r -w "$O/authmap" -c "$S/other.conf" check)" "^warning +dovecot +the plugin reads $CONF, as authmap_config says, and not $S/other.conf: authmap -c $CONF check" \
	"check is told of another configuration than the plugin"

# including COMMAND ...: print the configuration that COMMAND makes, with
# $S/95-authmap.conf.
including() {
	"$@"
	echo "!include $S/95-authmap.conf"
}
# without_plugin FILE: print the configuration without the plugin.
without_plugin() {
	sed '/^  mail_plugins = /d; /^  mail_plugins {/,/^  }/d' "$@"
}
chmod 640 "$live"
like "$(check)" "^warning +dovecot +/etc/dovecot/dovecot.conf was changed after Dovecot had read it: doveadm reload" \
	"a forgotten reload: check reports it"
doveadm reload
reloaded() {
	! check | grep -q 'had read it'
}
within 20 reloaded
ok $? "  and, after its command, not any more"
set_to without_plugin
within 10 unrecorded 203.0.113.2
ok $? "the plugin is not enabled: no login is recorded"
# shellcheck disable=SC2153 # of servers.sh
like "$(check)" "^wrong +dovecot .*not enabled.*: cp /.*/dovecot-$DOVECOT-authmap.conf /etc/dovecot/conf.d/95-authmap.conf; doveadm reload" \
	"  check reports it"
check >"$S/check"
is $? 2 "  and exits 2"
like "$(head -n 1 "$S/check")" "^authmap: wrong: [1-9][0-9]* wrong, " \
	"  and its first line is a summary for a monitoring system"

# without_groups FILE: print the configuration without mail_access_groups.
without_groups() {
	sed '/^mail_access_groups = /d; /^mail_access_groups {/,/^}/d' "$@"
}
set_to without_groups
within 10 unrecorded 203.0.113.3
ok $? "the mail processes are not in the group: no login is recorded"
like "$(check)" "^wrong +dovecot +the imap processes are not in group $MAP_GROUP.*mail_access_groups" \
	"  check reports it"
dovecot_logged "203.0.113.3 is not recorded: .*mail_access_groups" \
	"  and Dovecot logs it"
with_extra_groups() {
	without_groups "$@"
	printf '%s\n' "service imap {" "  extra_groups = $MAP_GROUP" "}"
}
set_to with_extra_groups
like "$(check)" "^ok +dovecot +imap records" "extra_groups of imap is enough"
like "$(check)" "^wrong +dovecot +the pop3 processes" "  for imap only"

with_mail_gid() {
	without_groups "$@"
	echo "mail_gid = $(getent group "$MAP_GROUP" | cut -d : -f 3)"
}
set_to with_mail_gid
like "$(check)" "^ok +dovecot +pop3 records" "  as mail_gid is, for both, also by its number"

# only_imap FILE: print the configuration with the plugin for IMAP only.
only_imap() {
	without_plugin "$@"
	if [ "$DOVECOT" = 2.3 ]; then
		# shellcheck disable=SC2016 # Dovecot fills it in
		printf '%s\n' 'protocol imap {' '  mail_plugins = $mail_plugins authmap' '}'
	else
		printf '%s\n' 'protocol imap {' '  mail_plugins {' '    authmap = yes' '  }' '}'
	fi
}
set_to only_imap
check >"$S/check"
like "$(cat "$S/check")" "^ok +dovecot +imap records its logins" \
	"the plugin is enabled for IMAP only: check reports that"
like "$(cat "$S/check")" "^warning +dovecot +only the logins over one of imap and pop3 are recorded: " \
	"  and warns"
broken() {
	cat "$@"
	echo "no_such_setting = yes"
}
set_to broken
like "$(check)" "^wrong +dovecot .*no_such_setting.*: correct it; doveadm reload" \
	"a configuration that Dovecot cannot read: check reports doveconf's error"

set_to cat
within 10 recorded 203.0.113.4
chmod 600 "$CONF"
unrecorded 203.0.113.5
ok $? "authmap.conf has mode 0600: no login is recorded"
like "$(check)" "^wrong +config +$CONF has mode 0600.*: chmod 644 $CONF" \
	"  check reports it"
chmod 644 "$CONF"
recorded 203.0.113.6
ok $? "  with its command, a login is recorded"
chmod o-x "$S"
like "$(check)" "^wrong +config .*: chmod o\\+x $S" "the folder of authmap.conf is closed to others"
chmod o+x "$S"

other=2.4
[ "$DOVECOT" = 2.3 ] || other=2.3
cp "$TOP/conf.d/imap/dovecot-$other-authmap.conf" "$S/95-authmap.conf"
set_to including cat
like "$(check)" "^wrong +dovecot .*95-authmap.conf.*not for Dovecot $DOVECOT: cp /.*/dovecot-$DOVECOT-authmap.conf" \
	"the file is for Dovecot $other: check reports it"
if [ "$DOVECOT" = 2.4 ]; then
	# shellcheck disable=SC2016 # Dovecot's own
	set_to sed '/^  mail_plugins {/,/^  }/c mail_plugins = $mail_plugins authmap'
	like "$(check)" "^wrong +dovecot .*as for Dovecot 2.3" \
		"a line is for Dovecot 2.3: check reports it"
fi

cp "$O/authmap" "$S/authmap"
sed -e "s,/usr/bin/authmap,$S/authmap -c $CONF," -e "s/group = authmap/group = $MAP_GROUP/" \
	"$TOP/conf.d/imap/dovecot-$DOVECOT-postlogin.conf" >"$S/95-authmap.conf"
set_to including without_plugin
like "$(check)" "^ok +dovecot +imap records its logins, by imap-postlogin" \
	"a post-login script instead of the plugin"
cat "$TOP/test-harness/servers/dovecot-$DOVECOT-reuse.conf" >>"$S/95-authmap.conf"
like "$(check)" "^wrong +dovecot +service imap-postlogin is closed to the imap processes, .*, so logins fail: set user " \
	"  which processes that are used again cannot reach"
sed 's/mode = .*/user = mail/' "$TOP/test-harness/servers/dovecot-postlogin-reuse.conf" \
	>>"$S/95-authmap.conf"
like "$(check)" "^ok +dovecot +imap records its logins, by imap-postlogin" \
	"  or can reach, as the user who owns all mail"
rm "$S/authmap"
like "$(check)" "^wrong +dovecot +$S/authmap, which imap runs, does not exist" \
	"  whose program is missing"
sed -i '/group = /d' "$S/95-authmap.conf"
cp "$O/authmap" "$S/authmap"
like "$(check)" "^wrong +dovecot +service imap-postlogin does not run in group $MAP_GROUP" \
	"  and that is not run with the group"
printf '%s\n' "service imap-postlogin {" "  extra_groups = $MAP_GROUP" "}" \
	>>"$S/95-authmap.conf"
like "$(check)" "^ok +dovecot +imap records its logins, by imap-postlogin" \
	"  but extra_groups is enough"
set_to cat

# SELinux and AppArmor: the kernel's files and the administrator's are made here.
mkdir "$S/selinux" "$S/local"
printf 1 >"$S/selinux/enforce"
printf '%s\n' 'dovecot-imap (enforce)' '/usr/lib/dovecot/pop3 (complain)' \
	'dovecot-imap-login (enforce)' >"$S/profiles"
label() {		# label TYPE: give the map's folder a label of TYPE
	python3 -c 'import os, sys
os.setxattr(sys.argv[1], "security.selinux", sys.argv[2].encode())' \
		"$S/run" "system_u:object_r:$1:s0" 2>"$S/out"
}
confined() {
	# shellcheck disable=SC2016,SC2086 # the inner shell fills it in; words are meant
	nsenter -t "$dovecot" -m -r -w $OWN_MOUNTS sh -c '
		mount -t tmpfs tmpfs /sys/fs && mkdir /sys/fs/selinux &&
		mount --bind "$1/selinux" /sys/fs/selinux &&
		mount -t tmpfs tmpfs /sys/kernel/security &&
		mkdir /sys/kernel/security/apparmor &&
		cp "$1/profiles" /sys/kernel/security/apparmor &&
		mount -t tmpfs tmpfs /etc/apparmor.d &&
		cp -r "$1/local" /etc/apparmor.d &&
		shift && exec "$@"' - "$S" "$O/authmap" -c "$CONF" check 2>"$S/out"
}
if label var_run_t && [ -n "$(confined)" ]; then
	like "$(confined)" "^warning +dovecot +SELinux may forbid it to write $S/run, which is system_u:object_r:var_run_t:s0, .*semanage fcontext" \
		"SELinux enforces, and the map's folder has no label for Dovecot"
	like "$(confined)" "^warning +dovecot +AppArmor may forbid imap to write $S/run, .*apparmor-authmap.conf" \
		"AppArmor confines imap"
	unlike "$(confined)" "AppArmor may forbid pop3" "  but not pop3"
	label dovecot_var_run_t
	echo 'include <abstractions/authmap>' >"$S/local/usr.lib.dovecot.imap"
	like "$(confined)" "^ok +dovecot +SELinux lets it write $S/run, " \
		"  with its commands, SELinux lets Dovecot write"
	unlike "$(confined)" "may forbid" "  and so does AppArmor"
	printf 0 >"$S/selinux/enforce"
	label var_run_t
	unlike "$(confined)" "SELinux" "SELinux is permissive"
fi

rm "$S/d/modules/lib_authmap_plugin.so"
like "$(check)" "^wrong +dovecot .*lib_authmap_plugin.so does not exist" \
	"the plugin is missing"
sed 's/ABIv[0-9][0-9]*/ABIv7/g' "$O/lib_authmap_plugin.so" \
	>"$S/d/modules/lib_authmap_plugin.so"
like "$(check)" "^wrong +dovecot .*is for 2\\.[34]\\.ABIv7, but Dovecot is 2" \
	"the plugin is for another Dovecot"
cp "$O/lib_authmap_plugin.so" "$S/d/modules"

hold_lock
unrecorded 203.0.113.8
like "$(check)" "^warning +failures +[1-9][0-9]* logins.* ago: " \
	"a failed login is reported"
ended "$holder"
touch -d '-2 hours' "$S"/run/relay.fail*
like "$(check)" "^ok +failures +[1-9][0-9]* since boot, none in the last hour" \
	"  for an hour"

nsenter -t "$dovecot" -m -r sleep 9999 &
other=$!
started $other
dovecot_stop
dovecot=$other
like "$(check)" "^warning +dovecot +is not running" "Dovecot is not running"

# A process whose program was replaced, as an upgrade does.
cp /bin/sleep "$S/old"
"$S/old" 9999 &
old=$!
started $old
within 5 sh -c "readlink /proc/$old/exe | grep -qx '$S/old'"
rm "$S/old"
echo $old >"$S/d/run/master.pid"
like "$(check)" "^wrong +dovecot +was upgraded, but the old version still runs: .*restart" \
	"the running Dovecot is not the one that is installed"
done_testing
