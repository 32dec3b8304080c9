#!/bin/sh
# SPDX-License-Identifier: ISC
# The logins that are recorded: not those of master users, exempted users or other
# services, and not without TLS if TLS is required; nor what is not a login.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

login() {		# login ADDRESS [OPTION ...]
	address=$1
	shift
	like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from "$address" "$@")" \
		"Logged in" "login from $address $*"
}

recorded() {		# recorded ADDRESS YES-OR-NO NAME
	authmap lookup "$1" >/dev/null
	is $? "$2" "  $3"
}

begin "max_window = 2h"
mkdir -p "$S/d"
for user in joe amy; do
	echo "$user:{PLAIN}pw:20001:20001::$S/d/mail/$user::"
done >"$S/d/passwd"
field=userdb_authmap
[ "$DOVECOT" != 2.3 ] || field=userdb_plugin/authmap
cat >>"$S/d/passwd" <<-EOF
	bob:{PLAIN}pw:20001:20001::$S/d/mail/bob::${field}_enabled=no
	eve:{PLAIN}pw:20001:20001::$S/d/mail/eve::${field}_window=2h
	EOF
# Fields that Dovecot 2.4 would ignore, and values that it cannot read.
if [ "$DOVECOT" != 2.3 ]; then
	cat >>"$S/d/passwd" <<-EOF
		ann:{PLAIN}pw:20001:20001::$S/d/mail/ann::userdb_plugin/authmap_enabled=no
		tom:{PLAIN}pw:20001:20001::$S/d/mail/tom::userdb_authmap_require_tls=always
		EOF
fi

dovecot_start
login 203.0.113.1 --user "joe*admin" --password master
recorded 203.0.113.1 1 "a login of a master user is not recorded"
login 203.0.113.2 --user bob
recorded 203.0.113.2 1 "a login of an exempted user is not"
login 203.0.113.3 --user eve
recorded 203.0.113.3 0 "a login of another user is"
[ "$(authmap lookup 203.0.113.3 | cut -f 5)" -gt 7000 ]
is $? 0 "  with the user's own window"
login 203.0.113.4 --user JOE
recorded 203.0.113.4 0 "a name that Dovecot changes to lower case is not a master user's"
doveadm mailbox list -u joe >/dev/null
is $? 0 "doveadm runs for a user"
printf 'a LOGOUT\r\n' | doveadm exec imap -u joe \
	>/dev/null 2>&1
is "$(authmap list | wc -l)" 2 "  which records nothing"
unlike "$(cat "$S/d/log")" "Error|Fatal|Panic" "no errors"
authmap_conf
sleep 1.1
login 203.0.113.20 --user eve
recorded 203.0.113.20 0 "a login with a window longer than max_window is recorded"
[ "$(authmap lookup 203.0.113.20 | cut -f 5)" -le 1800 ]
is $? 0 "  with max_window"
dovecot_logged \
	"203.0.113.20: its window of 7200 seconds is cut to 1800: raise max_window in $CONF" \
	"  which is logged"
authmap remove 203.0.113.20 >/dev/null
if [ "$DOVECOT" != 2.3 ]; then
	client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.10 --user ann \
		>"$S/out" 2>&1
	recorded 203.0.113.10 1 "with Dovecot 2.4, a field of Dovecot 2.3 that exempts a user: not recorded"
	# Dovecot 2.4.5 refuses such a field, and the login, itself.
	dovecot_logged \
		"Unknown setting 'plugin' .in plugin/authmap_enabled|authmap: not recorded: .*plugin/authmap_enabled=no: with Dovecot 2.4 it is authmap_enabled=no" \
		"  and the log names the remedy"
	login 203.0.113.11 --user tom
	recorded 203.0.113.11 1 "nor is a user whose settings cannot be read"
	dovecot_logged \
		"authmap: not recorded: .*Invalid authmap_require_tls=always" \
		"  which is logged"
fi
dovecot_stop

SETTINGS='authmap_master_users = yes
authmap_services = pop3'
dovecot_start
login 203.0.113.5
recorded 203.0.113.5 1 "with authmap_services = pop3, an IMAP login is not recorded"
client pop3 127.0.0.1 "$POP3_PROXY" --from 203.0.113.6 --user "joe*admin" \
	--password master >/dev/null
recorded 203.0.113.6 0 "with authmap_master_users, a login of a master user is"
is "$(authmap lookup 203.0.113.6 | cut -f 2)" joe "  as the user it acts for"
dovecot_stop

SETTINGS='authmap_require_tls = yes'
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 1 \
	-keyout "$S/key" -out "$S/cert" 2>/dev/null
IMAP_TLS=$(free_ports 1)
dovecot_start tls
login 203.0.113.7
recorded 203.0.113.7 1 "with authmap_require_tls, a login without TLS is not recorded"
like "$(client imap 127.0.0.1 "$IMAP_TLS" --tls --from 203.0.113.17)" \
	"Logged in" "login over TLS"
recorded 203.0.113.17 0 "a login with TLS is recorded"
dovecot_stop

# ----- settings that may be misread -----------------------------------------------

# The administrator may have meant another file, which excludes a proxy.
n=20
misread() {		# misread NAME SAID LINE ...
	name=$1 said=$2
	shift 2
	SETTINGS=$(printf '%s\n' "$@")
	: >"$S/d/log"
	dovecot_start
	n=$((n + 1))
	login 203.0.113.$n
	recorded 203.0.113.$n 1 "$name: is not recorded"
	dovecot_logged "authmap: not recorded: $said" "  which is logged"
	dovecot_stop
}
misread "a wrong window" "authmap_window: " "authmap_window = soon"
misread "a setting that swallows another one" "authmap_window: " \
	"authmap_window = 30m authmap_config = /etc/other.conf"
misread "services that do" "authmap_services: must be names" \
	"authmap_services = imap pop3 authmap_config = /etc/other.conf"
misread "a file by a path that depends on the folder" \
	"authmap_config: must be an absolute path" "authmap_config = authmap.conf"
if [ "$DOVECOT" = 2.3 ]; then
	for name in authmap_conifg Authmap_config authmap_exclude; do
		misread "a setting $name" "there is no setting $name;" \
			"$name = 203.0.113.0/24"
	done
	misread "neither yes nor no" "authmap_enabled: must be yes or no" \
		"authmap_enabled = off"
fi

SETTINGS=
sed -i "s,^\(bob:.*::\).*,\1${field}_enable=no," "$S/d/passwd"
: >"$S/d/log"
dovecot_start
login 203.0.113.12 --user bob
recorded 203.0.113.12 1 "a misspelled userdb field: not recorded"
dovecot_logged \
	"authmap: not recorded: there is no setting authmap_enable;" \
	"  which is logged"
login 203.0.113.13
recorded 203.0.113.13 0 "  another user is recorded"
if [ "$DOVECOT" != 2.3 ]; then
	echo "authmap_exclude = 203.0.113.0/24" >>"$S/d/dovecot.conf"
	like "$(nsenter -t "$dovecot" -m -r -w doveconf -c "$S/d/dovecot.conf" 2>&1)" \
		"Unknown setting: authmap_exclude" "Dovecot refuses an unknown setting"
fi
done_testing
