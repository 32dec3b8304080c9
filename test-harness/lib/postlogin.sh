# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Dovecot without the plugin, with authmap as its post-login script.  What authmap logs
# to syslog is in $S/log.

uses servers

# Dovecot's user has to run authmap, but may be unable to reach the build folder.
cp "$O/authmap" "$S/authmap"
syslog_start "$S/log"
syslogd=$!
mkdir "$S/dev"
cat >"$S/logged" <<EOF
#!/bin/sh
dev=\$(mktemp -u "$S/dev/XXXXXX")
"$TOP/test-harness/programs/own-log" "$S/syslog" "\$dev"
exec "\$@"
EOF
chmod 755 "$S/logged"

told() {			# told REGEX NAME
	within 5 grep -qE "$1" "$S/log"
	like "$(cat "$S/log")" "$1" "$2"
}

keepers_are() {
	[ "$(keepers)" = "$1" ]
}

# keepers_end: wait until no keeper runs.  A process of Dovecot may close its copy of the
# connection after the one that served the client has ended.  Then the keeper looks
# again within 30 seconds.
keepers_end() {
	within 10 no_keepers
}

# restart NAME ...: restart Dovecot with servers/dovecot-…NAME.conf.
restart() {
	[ -z "${dovecot:-}" ] || dovecot_stop
	RECIPE=postlogin IN="$OWN_MOUNTS $S/logged" dovecot_start "$@"
}

# stays KIND FROM [OPTION ...]: log in and stay connected, as $session.
stays() {
	kind=$1 from=$2 port=$IMAP_PROXY
	shift 2
	[ "$kind" != pop3 ] || port=$POP3_PROXY
	"$CLIENT" "$kind" 127.0.0.1 "$port" --from "$from" --hold 9999 "$@" \
		>"$S/session-$from" 2>&1 &
	session=$!
	started $session
	within 10 test -s "$S/session-$from"
}
