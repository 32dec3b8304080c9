# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# authmap, Dovecot and Exim, private to a scenario, in its scratch folder, on
# loopback.

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

# said COMMAND ...: how it ends, and what it prints.  An echo might decode that.
said() {
	out=$("$@" 2>&1)
	printf '%s %s\n' $? "$out"
}

# hold_lock: another process, $holder, has the writers' lock until it ends.
hold_lock() {
	rm -f "$S/held"
	flock -F "$S/run/relay.lock" sh -c ": >$S/held; exec sleep infinity" &
	holder=$!
	started $holder
	within 10 test -e "$S/held"
}

# figures NAME ...: what stats says of each.
figures() {
	authmap stats --json | python3 -c 'import json, sys
figures = json.load(sys.stdin)
print(*[figures[name] for name in sys.argv[1:]])' "$@"
}

# authmap_conf [LINE ...]: writes the configuration; a LINE replaces the one with
# the same name.
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

# begin [LINE ...]: a configuration with these lines, and a first sweep, which makes
# the folders and an empty map.
begin() {
	authmap_conf "$@"
	sweep
}

# sweeper_start [COMMAND ...]: the daemon in the foreground, under COMMAND.
sweeper_start() {
	"$@" "$O/authmap-sweeper" -f -c "$CONF" 2>>"$S/sweeper.log" &
	sweeper=$!
	started $sweeper
	within 10 test -e "$S/run/relay.beat"
}

# Ports that nobody listens on just now.
free_ports() {
	python3 - "$1" <<-EOF
	import socket, sys
	held = [socket.socket() for _ in range(int(sys.argv[1]))]
	for s in held:
	    s.bind(('127.0.0.1', 0))
	print(*[s.getsockname()[1] for s in held])
	EOF
}

# One below 1024, where only root may listen.
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

# In the background use "$CLIENT" itself: a function's pid is a shell's.
CLIENT=$TOP/test-harness/programs/client
client() {
	${IN:-} "$CLIENT" "$@"
}

# Dovecot's version, as in "2.4": its configuration differs, and what it logs
# when somebody logs in.
DOVECOT=$(dovecot --version | cut -d . -f 1,2)
LOGGED_IN="Logged in"
[ "$DOVECOT" != 2.3 ] || LOGGED_IN=Login

# dovecot_conf [NAME]: servers/dovecot-….conf, filled in.
dovecot_conf() {
	file=$TOP/test-harness/servers/dovecot-$DOVECOT${1:+-$1}.conf
	[ -e "$file" ] || file=$TOP/test-harness/servers/dovecot-$1.conf
	sed -e "s,@S@,$S,g" -e "s,@GROUP@,$MAP_GROUP,g" \
		-e "s,@IMAP@,$IMAP,g" -e "s,@POP3@,$POP3,g" \
		-e "s,@IMAP_PROXY@,$IMAP_PROXY,g" \
		-e "s,@POP3_PROXY@,$POP3_PROXY,g" \
		-e "s,@IMAP_TLS@,${IMAP_TLS:-},g" "$file"
}

# dovecot_settings LINE ...: the plugin's, as this Dovecot wants them.
dovecot_settings() {
	if [ "$DOVECOT" = 2.3 ]; then
		set -- "plugin {" "$@" "}"
	fi
	printf '%s\n' "$@"
}

# dovecot_start [NAME ...]: each servers/dovecot-…NAME.conf is added to its
# configuration, as are the plugin's settings in $SETTINGS, one a line.  With
# RECIPE=postlogin, authmap is a post-login script, run as $S/authmap.  $SITE is
# what the administrator set before authmap came.  Users joe, amy and so on have
# the password "pw".  $PLUGIN and $MODULE are other files than what was built.
# With $IN, a command that runs another in a network namespace, that is where it is.
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
	# What an administrator copies, with this scenario's group and file.
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

# seen ADDRESS: its last sign of life, in seconds since 1970.
seen() {
	authmap lookup "$1" | cut -f 4
}
# alive_since ADDRESS TIME: there was a sign of life at TIME, or later.
alive_since() {
	[ "$(seen "$1")" -ge "$2" ]
}
absent() {
	! authmap lookup "$1" >"$S/absent"
}

# mail_process ADDRESS: the pid of the process that serves the latest login from it.
mail_process() {
	sed -n "s/.*$LOGGED_IN: .*rip=$1,.*mpid=\([0-9]*\).*/\1/p" "$S/d/log" |
		tail -n 1
}

dovecot_stop() {
	ended "$dovecot"
}

# Dovecot's administration, with its configuration.
doveadm() {
	nsenter -t "$dovecot" -m -r -w doveadm -c "$S/d/dovecot.conf" "$@"
}

# exim_start [COMMAND ...]: Exim built with gdbm, which reads the map itself,
# under COMMAND, in a network namespace of its own, see documentation-net.  With
# $LIMIT, a user may send to so many recipients an hour.
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
	# Its own user must be able to run it.
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

# A client in the MTA's namespace.
smtp_client() {
	nsenter -t "$mta" -n "$CLIENT" "$@"
}

# relay FROM-ADDRESS [RCPT]: the reply to RCPT of a mail to the world.
relay() {
	smtp_client smtp 127.0.0.1 "$SMTP" --from "$1" --rcpt "${2:-someone@example.net}"
}
