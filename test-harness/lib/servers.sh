# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# authmap, Dovecot and Exim for one scenario, in its scratch folder and on loopback.

MAP_USER=nobody
MAP_GROUP=nogroup
CONF=$S/authmap.conf

# The map's user may be unable to reach the build folder.
AUTHMAP_JUDGE=
if [ -e "$O/authmap-judge" ]; then
	cp "$O/authmap-judge" "$S"
	AUTHMAP_JUDGE=$S/authmap-judge
fi
export AUTHMAP_JUDGE

authmap() {
	"$O/authmap" -c "$CONF" "$@"
}

# said COMMAND ...: print the exit status of COMMAND, then its output.  (echo might
# decode backslashes in it.)
said() {
	out=$("$@" 2>&1)
	printf '%s %s\n' $? "$out"
}

# syslog_start FILE [SOCKET]: write the lines that are sent to the syslog SOCKET, by
# default $S/syslog, to FILE.
syslog_start() {
	"$TOP/test-harness/programs/syslogd" "${2:-$S/syslog}" >>"$1" &
	started $!
	within 10 test -S "${2:-$S/syslog}"
}

# "$OWN_MOUNTS COMMAND ...": run COMMAND in a mount namespace.  In a plain chroot, / is no
# mount, and cannot be made private.
OWN_MOUNTS="unshare -m"
$OWN_MOUNTS true 2>/dev/null || OWN_MOUNTS="unshare -m --propagation unchanged"

# with_syslog COMMAND ...: run COMMAND with $S/syslog instead of this system's syslog.
with_syslog() {
	mkdir -p "$S/ns"
	# shellcheck disable=SC2016 # the inner shell fills it in
	$OWN_MOUNTS sh -c '"$1" "$2" "$3" && shift 3 && exec "$@"' - \
		"$TOP/test-harness/programs/own-log" "$S/syslog" "$S/ns/dev" "$@"
	set -- $?
	rmdir "$S/ns/dev"
	return "$1"
}

# hold_lock: start $holder, a process that holds the writers' lock until it ends.
hold_lock() {
	rm -f "$S/held"
	flock -F "$S/run/relay.lock" sh -c ": >$S/held; exec sleep infinity" &
	holder=$!
	started $holder
	within 10 test -e "$S/held"
}

# figures NAME ...: print the values of these names in "authmap stats --json".
figures() {
	authmap stats --json | python3 -c 'import json, sys
figures = json.load(sys.stdin)
print(*[figures[name] for name in sys.argv[1:]])' "$@"
}

# authmap_conf [LINE ...]: write the configuration.  A LINE replaces the default
# line for the same setting.
authmap_conf() {
	{
		echo "map = $S/run/relay.gdbm"
		echo "state_dir = $S/state"
		echo "user = $MAP_USER"
		echo "group = $MAP_GROUP"
		for line; do
			echo "$line"
		done
	} | awk '!($1 in at) { at[$1] = ++n } { line[at[$1]] = $0 }
		END { for (i = 1; i <= n; i++) print line[i] }' >"$CONF"
}

sweep() {
	"$O/authmap-sweeper" -c "$CONF" --once
}

# begin [LINE ...]: write the configuration with these lines, then sweep, which
# makes the folders and an empty map.
begin() {
	authmap_conf "$@"
	sweep
}

# sweeper_start [COMMAND ...]: start the daemon, by COMMAND if there is one.
sweeper_start() {
	"$@" "$O/authmap-sweeper" -f -c "$CONF" 2>>"$S/sweeper.log" &
	sweeper=$!
	started $sweeper
	within 10 test -e "$S/run/relay.beat"
}

# free_ports N: print N ports on which no process listens now.
free_ports() {
	python3 - "$1" <<-EOF
	import socket, sys
	held = [socket.socket() for _ in range(int(sys.argv[1]))]
	for s in held:
	    s.bind(('127.0.0.1', 0))
	print(*[s.getsockname()[1] for s in held])
	EOF
}

# low_port: print a free port below 1024, where only root may listen.
low_port() {
	python3 - <<-EOF
	import random, socket
	while True:
	    with socket.socket() as s:
	        try:
	            s.bind(('127.0.0.1', random.randrange(225, 1024)))
	        except OSError:
	            continue
	        print(s.getsockname()[1])
	        break
	EOF
}

# In the background, use "$CLIENT" itself: the pid of a function is that of a shell.
CLIENT=$TOP/test-harness/programs/client
client() {
	${IN:-} "$CLIENT" "$@"
}

# Dovecot's series, such as 2.4, on which its configuration and its log line about a
# login depend.
DOVECOT=$(dovecot --version | cut -d . -f 1,2)
LOGGED_IN="Logged in"
[ "$DOVECOT" != 2.3 ] || LOGGED_IN=Login

# dovecot_conf [NAME]: print servers/dovecot-….conf with this scenario's values.
dovecot_conf() {
	file=$TOP/test-harness/servers/dovecot-$DOVECOT${1:+-$1}.conf
	[ -e "$file" ] || file=$TOP/test-harness/servers/dovecot-$1.conf
	sed -e "s,@S@,$S,g" -e "s,@GROUP@,$MAP_GROUP,g" \
		-e "s,@IMAP@,$IMAP,g" -e "s,@POP3@,$POP3,g" \
		-e "s,@IMAP_PROXY@,$IMAP_PROXY,g" \
		-e "s,@POP3_PROXY@,$POP3_PROXY,g" \
		-e "s,@IMAP_TLS@,${IMAP_TLS:-},g" "$file"
}

# dovecot_settings LINE ...: print the plugin's settings in the form for this
# Dovecot.
dovecot_settings() {
	if [ "$DOVECOT" = 2.3 ]; then
		set -- "plugin {" "$@" "}"
	fi
	printf '%s\n' "$@"
}

# dovecot_start [NAME ...]: start Dovecot.  Each servers/dovecot-…NAME.conf is added
# to its configuration.  Users joe, amy, bob and eve have the password "pw".
# Variables:
#	SETTINGS	settings of the plugin, one a line
#	RECIPE		postlogin: run authmap as a post-login script, $S/authmap
#	SITE		settings that the administrator made before authmap's
#	PLUGIN, MODULE	files to be used instead of those that were built
#	IN		a command that runs Dovecot in a network namespace
dovecot_start() {
	: "${IMAP:=}"
	if [ -z "$IMAP" ]; then
		read -r IMAP POP3 IMAP_PROXY POP3_PROXY <<-EOF
		$(free_ports 4)
		EOF
	fi
	mkdir -p "$S/d/mail" "$S/d/modules"
	chmod 777 "$S/d/mail"
	ln -sf "${PLUGIN:-$O/lib_authmap_plugin.so}" "$S/d/modules/"
	[ -e "$S/d/passwd" ] || for user in joe amy bob eve; do
		echo "$user:{PLAIN}pw:20001:20001::$S/d/mail/$user::"
	done >"$S/d/passwd"
	{ dovecot_conf && printf '%s\n' "${SITE:-}"; } >"$S/d/dovecot.conf"
	# The recipe, with this scenario's group and file.
	sed -e "s/^\(mail_access_groups = .mail_access_groups\) .*/\1 $MAP_GROUP/" \
		-e "/^mail_access_groups {/,/^}/s/authmap/$MAP_GROUP/" \
		-e "s,#\(authmap_config = \).*,\1$CONF," \
		-e "s/^  group = .*/  group = $MAP_GROUP/" \
		-e "s,/usr/bin/authmap ,$S/authmap -c $CONF ," \
		"$TOP/conf.d/imap/dovecot-$DOVECOT-${RECIPE:-authmap}.conf" \
		>>"$S/d/dovecot.conf"
	dovecot_settings "${SETTINGS:-}" >>"$S/d/dovecot.conf"
	for name; do
		dovecot_conf "$name" >>"$S/d/dovecot.conf"
	done
	${IN:-} "$TOP/test-harness/programs/dovecot" "$S/d/settings" \
		dovecot -F -c "$S/d/dovecot.conf" >"$S/d/out" 2>&1 &
	dovecot=$!
	started $dovecot
	within 10 client up 127.0.0.1 "$IMAP" || sed 's/^/# /' "$S/d/out" "$S/d/log"
}

# seen ADDRESS: print the time of its last login or refresh, in seconds since 1970.
# An entry that has just expired has one, too; "authmap lookup" does not find it.
seen() {
	gdbmtool -r "$S/run/relay.gdbm" list 2>/dev/null | awk -v address="$1" \
		'$1 == address && $2 > 0 { print $3 }'
}
# alive_since ADDRESS TIME: was its last login or refresh at TIME or later?
alive_since() {
	[ "$(seen "$1")" -ge "$2" ]
}
absent() {
	! authmap lookup "$1" >"$S/absent"
}

# entries: print ADDRESS USER SERVICE of each entry in the map.
entries() {
	authmap list | cut -f 1-3 | tr '\t' ' '
}

# dovecot_logged REGEX NAME: Dovecot has logged a line like REGEX.  Another process
# writes its log, so a line may come after the client has got its reply.
dovecot_logged() {
	within 10 grep -qE -- "$1" "$S/d/log"
	like "$(cat "$S/d/log")" "$1" "$2"
}

# keepers: print how many processes keep entries of sessions, which run $S/authmap.
keepers() {
	pgrep -cf "^$S/authmap -c $CONF (prelogin|record)"
}
no_keepers() {
	[ "$(keepers)" = 0 ]
}

# mail_process ADDRESS: print the pid of the process that serves its latest login.
mail_process() {
	within 10 grep -q "$LOGGED_IN: .*rip=$1," "$S/d/log"
	sed -n "s/.*$LOGGED_IN: .*rip=$1,.*mpid=\([0-9]*\).*/\1/p" "$S/d/log" |
		tail -n 1
}

dovecot_stop() {
	ended "$dovecot"
}

# doveadm ARGUMENT ...: run doveadm with this Dovecot's configuration.
doveadm() {
	nsenter -t "$dovecot" -m -r -w doveadm -c "$S/d/dovecot.conf" "$@"
}

# exim_start [COMMAND ...]: start an Exim that is built with gdbm and reads the map
# itself, by COMMAND if there is one.  It runs in a network namespace, see
# documentation-net.  With $LIMIT, a user may send to that many recipients an hour.
exim_start() {
	"$TOP/test-harness/programs/build-exim" || return 1
	SMTP=2525
	mkdir -p "$S/e/log" "$S/e/sink"
	chown nobody:nogroup "$S/e" "$S/e/log" "$S/e/sink"
	sed "s,^\(AUTHMAP_MAP = \).*,\1$S/run/relay.gdbm," \
		"$TOP/conf.d/mta/exim-gdbm.conf" >"$S/e/authmap.conf"
	# The lines for the ACL stand in the recipe's comment.
	for verb in ${LIMIT:+defer} accept; do
		sed -n "/^#	$verb  *condition/,/^#$/s/^#	//p" \
			"$TOP/conf.d/mta/exim-gdbm.conf"
	done | sed "s,= 100 /,= ${LIMIT:-} /," >"$S/e/authmap-acl.conf"
	# Exim's user must be able to run it.
	cp "$CACHE/exim-gdbm/exim" "$S/e/exim"
	sed -e "s,@S@,$S,g" -e "s,@SMTP@,$SMTP,g" \
		"$TOP/test-harness/servers/exim-gdbm.conf" >"$S/e/exim.conf"
	unshare -n "$TOP/test-harness/programs/documentation-net" "$@" \
		"$S/e/exim" -C "$S/e/exim.conf" -bdf >"$S/e/out" 2>&1 &
	mta=$!
	started $mta
	within 10 smtp_client up 127.0.0.1 "$SMTP" ||
		sed 's/^/# /' "$S/e/out" "$S/e/log/"*
}

# smtp_client ARGUMENT ...: run the client in the MTA's network namespace.
smtp_client() {
	nsenter -t "$mta" -n "$CLIENT" "$@"
}

# relay ADDRESS [RECIPIENT]: print the MTA's reply to a client at ADDRESS that sends
# to RECIPIENT, by default one on another host.
relay() {
	smtp_client smtp 127.0.0.1 "$SMTP" --from "$1" --rcpt "${2:-someone@example.net}"
}
