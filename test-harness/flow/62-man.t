#!/bin/sh
# SPDX-License-Identifier: ISC
# Every man page fits into a terminal of 80 columns, with groff, which Debian's man
# uses: a table whose text does not fit is garbled there.  Its EXAMPLES name verbs,
# options and settings that exist, and those that need no other server are run.
. "$(dirname "$0")/../lib/tap.sh"
uses mta

pages=$(find "$TOP/maps" "$TOP/sweeper" -name '*.[578]' | sort)
if command -v nroff >/dev/null; then
	for page in $pages; do
		is "$(nroff -mandoc -rLL=78n "$page" 2>&1 >"$S/page" |
			grep "break line" | head -n 3)" "" \
			"${page##*/}: each line can be broken, or fits"
	done
	sed 's/^\(.Bl -column "OpenSMTPD" "\)/&0123456789/' \
		"$TOP/maps/man/authmap-migrate.7" >"$S/wide.7"
	like "$(nroff -mandoc -rLL=78n "$S/wide.7" 2>&1 >/dev/null)" \
		"(can't|cannot) break line" "groff tells of a table that is too wide"
fi

# shown PAGE [SECTION]: print the literal lines of PAGE, as a terminal shows them.
shown() {
	awk -v section="${2:-}" '
		/^\.Sh/ { inside = section == "" || $0 == ".Sh " section }
		/^\.Bd -literal/ { literal = inside; next }
		/^\.Ed/ { literal = 0 }
		inside && /^\.Dl / { print substr($0, 5); next }
		literal { print }
	' "$1" | sed 's/\\(dq/"/g; s/\\(aq/'"'"'/g; s/\\&//g; s/\\-/-/g; s/\\e/\\/g' |
		sed -e ':a' -e '/\\$/N; s/\\\n *//; ta'
}

# wrong_words PAGE: print each call of a program of authmap in the literal lines of
# PAGE with a verb or an option that its help does not have.
wrong_words() {
	shown "$1" | grep -vE "^(user|install|login) " | grep -oE 'authmap( -c [^ ]+)?( --json)? [a-z]+ ?[^|;>)]*' |
		grep -vE '^authmap (is|has|and|that|for|the|built) ' |
		while read -r _ words; do
			set -f
			# shellcheck disable=SC2086 # words are meant
			set -- ${words%% -- *}
			[ "$1" != -c ] || shift 2
			[ "$1" != --json ] || shift
			help=$("$O/authmap" help "$1" 2>&1) || echo "$words"
			for word; do
				case $word in
				--) ;;
				--* | -?) printf '%s\n' "$help" | grep -qF -- "$word" ||
					echo "$words" ;;
				esac
			done
		done
}

# wrong_settings PAGE: print what "authmap config" says about the lines of settings in
# the EXAMPLES of PAGE, and each setting of the plugin that does not exist.
wrong_settings() {
	for name in $(shown "$1" EXAMPLES | grep -oE '\<authmap_[a-z_]+ ?=' | tr -d ' ='); do
		grep -q "\"$name\"" "$TOP"/dovecot-plugin/*.c || echo "$name"
	done
	shown "$1" EXAMPLES | grep -E '^[a-z_]+ = ' | grep -v '^authmap_' >"$S/settings"
	[ ! -s "$S/settings" ] ||
		{ "$O/authmap" -c "$S/settings" config >/dev/null; } 2>&1
}

for page in $pages; do
	name=${page##*/}
	[ -n "$(shown "$page" EXAMPLES)" ]
	ok $? "$name has EXAMPLES"
	is "$(wrong_words "$page")" "" "  its commands have verbs and options that exist"
	is "$(wrong_settings "$page")" "" "  its settings are valid"
done
cat >"$S/wrong.8" <<'EOF'
.Sh EXAMPLES
.Dl authmap show
.Dl joe | authmap -c x list --users joe | authmap list --user x
.Bd -literal
authmap relaylock \-\- env \-\-wrong
windows = 3m
authmap_windows = 3m
.Ed
EOF
is "$(wrong_words "$S/wrong.8")" "show
-c x list --users joe" "a verb and an option that do not exist are found"
like "$(wrong_settings "$S/wrong.8")" 'there is no setting "windows"' "  and a setting"
like "$(wrong_settings "$S/wrong.8")" '^authmap_windows$' "  also one of the plugin"

# example PAGE TEXT: run the line with TEXT of the EXAMPLES of PAGE on this host's
# scratch folder.
mkdir "$S/bin"
printf '#!/bin/sh\nexec "%s" -c "%s" "$@"\n' "$O/authmap" "$CONF" >"$S/bin/authmap"
printf '#!/bin/sh\nexec "%s" -c "%s" "$@"\n' "$O/authmap-sweeper" "$CONF" \
	>"$S/bin/authmap-sweeper"
cat >"$S/bin/nc" <<'EOF'
#!/usr/bin/env python3
import socket, sys
with socket.socket(socket.AF_UNIX) as s:
    s.connect(sys.argv[-1])
    s.sendall(sys.stdin.buffer.read())
    s.shutdown(socket.SHUT_WR)
    sys.stdout.write(s.makefile().read())
EOF
printf '#!/bin/sh\ncat "%s"\n' "$S/dump" >"$S/bin/db_dump"
chmod +x "$S"/bin/*
example() {
	shown "$(printf '%s\n' "$pages" | grep "/$1\$")" EXAMPLES | grep -F -- "$2" |
		sed -e "s,/run/authmap/relay.gdbm,$S/run/relay.gdbm,g" \
			-e "s,/run/authmap-socketmapd/sock,$SOCKET,g" \
			-e "s,/var/log/mail.log,$S/log,g" \
			-e 's,^\* \* \* \* \* root /usr/sbin/,,' >"$S/example"
	PATH=$S/bin:$PATH sh "$S/example" 2>&1
}
begin "socket = $SOCKET"
responder_start
"$O/authmap" -c "$CONF" record 203.0.113.7 joe imap
printf '%s\n' "VERSION=3" "format=print" "type=btree" "HEADER=END" " 203.0.113.8" \
	" ok" "DATA=END" >"$S/dump"
echo "mx authmap: granted 203.0.113.7 service=imap user=joe" >"$S/log"

is "$(example authmap.8 "list --user joe")" 203.0.113.7 "authmap.8: joe's addresses"
like "$(example authmap.7 lookup)" "^203.0.113.7	joe	imap	[0-9]+	[0-9]+$" \
	"authmap.7: an address"
like "$(example authmap.7 --probe)" "^authmap: (ok|warning|wrong): " "  and the MTAs"
like "$(example authmap-map.5 "gdbmtool")" \
	"^203.0.113.7 [0-9]{10} [0-9]{10} imap joe$" \
	"authmap-map.5: the map"
like "$(example authmap-messages.7 "user=joe")" "granted 203.0.113.7" \
	"authmap-messages.7: the changes of a user"
is "$(example authmap-socketmapd.8 "printf")" "5:OK OK," \
	"authmap-socketmapd.8: a request"
is "$(example authmap-sweeper.8 "--once"; echo $?)" 0 "authmap-sweeper.8: a sweep"
is "$(example authmap.8 "import -")" \
	"imported 1 entries, 0 had expired, 0 were skipped" "authmap.8: an import"
like "$(example authmap-migrate.7 "--service import")" "^203.0.113.8	-	import	" \
	"authmap-migrate.7: what was imported"
[ -z "$AUTHMAP_JUDGE" ] || like "$(example authmap-judge.8 libgdbm)" \
	"libgdbm can read" "authmap-judge.8: what libgdbm finds"
done_testing
