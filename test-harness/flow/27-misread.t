#!/bin/sh
# SPDX-License-Identifier: ISC
# A configuration with an error may lack a network of "exclude".  So a login from a
# proxy is not recorded, the log names the line, no daemon or tool uses the file,
# and a corrected file works at the next login.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

PROXY=203.0.113.7

# refuses NAME SAID: with the configuration as it is, a login from PROXY is not
# recorded, and SAID, an extended regular expression, is logged.
refuses() {
	: >"$S/d/log"
	like "$(client imap 127.0.0.1 "$IMAP_PROXY" --from "$PROXY")" \
		"Logged in" "$1: a client of the proxy logs in"
	"$O/authmap" -c "$CONF.good" lookup "$PROXY" >/dev/null
	is $? 1 "  and is not recorded"
	dovecot_logged "authmap: $CONF$2.*$PROXY is not recorded" \
		"  the log gives the reason"
	like "$(authmap list 2>&1; echo $?)" "authmap: $CONF$2" "  and so does the tool"
	authmap list >/dev/null 2>&1
	is $? 2 "  which does nothing"
	sweep 2>/dev/null
	is $? 1 "  a daemon does not start"
	kill -HUP "$sweeper"
	within 5 grep -qE "$CONF$2" "$S/sweeper.log"
	is $? 0 "  a running daemon reads the file"
	alive "$sweeper" && ! grep -q "$CONF: reloaded" "$S/sweeper.log"
	is $? 0 "  and keeps its running configuration"
}

# misread NAME SAID: the configuration ends with the lines on stdin.
misread() {
	rm -rf "$CONF"
	{ cat "$CONF.base"; cat; } >"$CONF"
	refuses "$@"
}

# file NAME SAID COMMAND ...: COMMAND makes the configuration.
file() {
	name=$1 said=$2
	shift 2
	rm -rf "$CONF"
	"$@"
	refuses "$name" "$said"
}

mended() {
	client imap 127.0.0.1 "$IMAP_PROXY" --from "$1" >/dev/null
	authmap lookup "$1" >/dev/null
}

authmap_conf
cp "$CONF" "$CONF.base"
{ cat "$CONF"; printf 'exclude =\n\t127.0.0.0/8 ::1\n\n# proxies\n  %s\n' "$PROXY"; } \
	>"$CONF.good"
cp "$CONF.good" "$CONF"
sweep
sweeper_start
dovecot_start reuse

misread "a capital" ':5: there is no setting "Exclude"' <<EOT
Exclude = $PROXY
EOT
misread "a plural" ':6: there is no setting "excludes"' <<EOT

excludes = $PROXY
EOT
misread "a slip" ':5: there is no setting "exlude"' <<EOT
exlude = $PROXY
EOT
misread "a colon" ':5: there is no setting "exclude:"' <<EOT
exclude: = $PROXY
EOT
misread "+=" ':6: there is no setting "exclude \+"' <<EOT
exclude = 127.0.0.0/8
exclude += $PROXY
EOT
misread "a list without indentation" ":6: no \"=\" after \"$PROXY\"" <<EOT
exclude =
$PROXY
EOT
misread "a wrong line of a list" ':6: exclude: "198.51.100.300" must be' <<EOT
exclude = 127.0.0.0/8
    198.51.100.300
    $PROXY
EOT
misread "set twice" ':6: exclude is set in line 5 already' <<EOT
exclude = $PROXY
exclude = 198.51.100.1
EOT
misread "an indented setting" ':6: begins with a blank' <<EOT
window = 1h
    exclude = $PROXY
EOT
misread "# within a value" ':5: "#" directly behind other text' <<EOT
exclude = 198.51.100.1#$PROXY
EOT
misread "another setting is wrong" ":5: window: \"1h exclude = $PROXY\" must be" <<EOT
window = 1h exclude = $PROXY
EOT
file "CR at line ends" ':1: a carriage return within the line' \
	sh -c "printf '# ours\r' | cat - '$CONF.good' | tr '\n' '\r' >'$CONF'"
file "a NUL byte" ':5: byte \\000 is a control character' \
	sh -c "{ cat '$CONF.base'; printf 'exclude = 127.0.0.1\0 $PROXY\n'; } >'$CONF'"
file "cut in the last line" ':5: the file ends within this line' \
	sh -c "{ cat '$CONF.base'; printf 'exclude = 127.0.0.1 203.0.113.'; } >'$CONF'"
file "empty" ': is empty' sh -c ": >'$CONF'"
file "nothing but empty lines" ': is empty' sh -c "echo >'$CONF'"
file "a folder" ': cannot be read: it is not a regular file' mkdir "$CONF"
file "a FIFO" ': cannot be read: it is not a regular file' mkfifo "$CONF"
file "a file without an end" ': cannot be read: it is not a regular file' \
	ln -s /dev/zero "$CONF"
file "a huge file" ': cannot be read: it is larger than 1 MiB' \
	truncate -s 1T "$CONF"
file "no file" ': cannot be opened: No such file' true

cp "$CONF.good" "$CONF"
mended 203.0.113.8
is $? 0 "corrected: the next login is recorded"
client imap 127.0.0.1 "$IMAP_PROXY" --from "$PROXY" >/dev/null
authmap lookup "$PROXY"
is $? 1 "  and not one of the proxy, which is excluded"
kill -HUP "$sweeper"
within 5 grep -q "$CONF: reloaded" "$S/sweeper.log"
is $? 0 "  a running daemon reloads it"
: >"$S/d/log"
chmod 600 "$CONF"
refused() {
	client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.9 >/dev/null
	grep -q "$CONF: cannot be opened: Permission denied.*203.0.113.9 is not" \
		"$S/d/log"
}
within 5 refused
is $? 0 "a file that Dovecot's processes may not read: no login is recorded"
authmap remove 203.0.113.9 >/dev/null 2>&1
chmod 644 "$CONF"
mended 203.0.113.9
is $? 0 "  corrected: the next login is"
{ printf '\357\273\277'; cat "$CONF.good"; } >"$CONF"
within 5 mended 203.0.113.10
client imap 127.0.0.1 "$IMAP_PROXY" --from "$PROXY" >/dev/null
authmap lookup "$PROXY"
is $? 1 "a byte order mark: the proxy is excluded"
dovecot_stop

# ----- no memory ------------------------------------------------------------------

# short N COMMAND ...: run COMMAND, whose Nth request for memory fails, or with N+
# all from the Nth on.  Exit 2 if it makes fewer requests.
short() {
	which=$1
	shift
	: >"$S/met"
	LD_PRELOAD=$O/test/nomemory.so NOMEMORY_AT=$which NOMEMORY_MET=$S/met \
		"$@" >/dev/null 2>&1
	exited=$?
	[ -s "$S/met" ] || return 2
}
export PAM_TYPE=open_session PAM_RHOST="$PROXY" PAM_USER=joe PAM_SERVICE=imap
cp "$CONF.good" "$CONF"
for on in "" +; do
	at=1
	while short $at$on "$O/authmap" -c "$CONF" record --pam; do
		at=$((at + 1))
	done
	authmap lookup "$PROXY"
	is $? 1 "one of $at requests for memory fails${on:+, and all later ones}: not recorded"
done
# The program whose status is 1 runs, whatever fails before it and in it.
for step in "record --pam" "record --env -- false" "record --postlogin -- false" \
	"prelogin -- false" "relaylock -- false"; do
	goes_on=1
	[ "$step" != "record --pam" ] || goes_on=0
	for on in "" +; do
		stopped=
		for at in $(seq 1 60); do
			# shellcheck disable=SC2086 # words are meant
			short $at$on "$O/authmap" -c "$CONF" $step
			[ "$exited" = $goes_on ] || stopped="$stopped $at:$exited"
		done
		is "$stopped" "" "$step: goes on without memory${on:+ from then on}"
	done
done

# ----- the default file, which may be missing --------------------------------------

# In a mount namespace where an editor has moved the file away.
mkdir "$S/etc"
without() {		# without WHEN: the folder was changed then
	$OWN_MOUNTS sh -c "mount --bind '$S/etc' /etc &&
		touch -d '$1' /etc && '$O/authmap' config" >"$S/out" 2>&1
}
without "1 hour ago"
is $? 0 "without a configuration, the defaults apply"
like "$(cat "$S/out")" "^exclude = 127.0.0.0/8 ::1	# default$" "  to all settings"
moved_just_now() {
	without now
	[ $? = 2 ]
}
within 20 moved_just_now
is $? 0 "  but not if an editor may have moved it away just now"
like "$(cat "$S/out")" "does not exist, and its folder was changed just now" \
	"  which is reported"
done_testing
