#!/bin/sh
# SPDX-License-Identifier: ISC
# The file that is copied into Dovecot's configuration adds to the administrator's
# settings, and replaces none: groups of the mail processes, through which shared
# mailboxes are read, and plugins.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

# Print the pid of joe's mail process during the session.
mail_process() {
	mail=$(pgrep -P "$dovecot" -x imap)
}
# in_group GROUP
in_group() {
	sed -n 's/^Groups:	//p' "/proc/$mail/status" | tr ' ' '\n' |
		grep -qx "$(getent group "$1" | cut -d : -f 3)"
}

if [ "$DOVECOT" = 2.3 ]; then
	# shellcheck disable=SC2016 # Dovecot fills it in
	SITE='mail_access_groups = games
mail_plugins = notify
protocol imap {
  mail_plugins = $mail_plugins mail_log
}'
else
	SITE='mail_access_groups = games
mail_plugins {
  notify = yes
}
protocol imap {
  mail_plugins {
    mail_log = yes
  }
}'
fi
mkdir -p "$S/d/modules"
modules=$(. /usr/lib/dovecot/dovecot-config && echo "$dovecot_moduledir")
ln -s "$modules/lib15_notify_plugin.so" "$modules/lib20_mail_log_plugin.so" \
	"$S/d/modules/"
begin
dovecot_start
"$CLIENT" imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 --hold 9999 \
	>"$S/session" 2>&1 &
session=$!
started $session
within 10 grep -q "Logged in" "$S/session"
ok $? "joe logs in"
within 5 mail_process
ok $? "  and stays"
in_group games
ok $? "the mail process is in the group that was set before"
in_group "$MAP_GROUP"
ok $? "  and in the map's"
for plugin in notify mail_log authmap; do
	grep -q "_${plugin}_plugin.so$" "/proc/$mail/maps"
	ok $? "the plugin $plugin is loaded"
done
authmap lookup 203.0.113.7 >/dev/null
ok $? "the login is recorded"
unlike "$(cat "$S/d/log")" "Error|Fatal|Panic" "no errors"
done_testing
