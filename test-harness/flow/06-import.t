#!/bin/sh
# SPDX-License-Identifier: ISC
# Import the valid entries of systems that authmap replaces: maps in their formats,
# printed by the tools that their documents name.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

for name in "dbtools db5.3-util" "postfix postfix postfix-cdb" \
	"sendmail sendmail-bin sendmail-cf"; do
	# shellcheck disable=SC2086 # words are meant
	"$TOP/test-harness/programs/unpack" $name ||
		skip_all "${name%% *} cannot be unpacked here"
done
perl -MDB_File -e 1 2>/dev/null || skip_all "this perl has no DB_File"

authmap_conf "max_window = 2h"
now=$(date +%s)
mkdir "$S/old"
# makemap needs accounts that every Debian has, and a configuration.
printf '%s\n' "compatibility_level = 3.6" "mail_owner = daemon" \
	"setgid_group = mail" >"$S/old/main.cf"
: >"$S/old/sendmail.cf"

# written KIND FILE [KEY VALUE] ...: write FILE with the calls of pop-before-smtp
# and poprelayd (tie, with DB_HASH), or those of rpc.dracd (btree, with pages of 512
# bytes).  A KEY or VALUE may end in \0.
written() {
	perl -MDB_File -MFcntl -e '
		my ($kind, $file) = splice(@ARGV, 0, 2);
		$DB_BTREE->{psize} = 512;
		tie my %db, "DB_File", $file, O_CREAT|O_RDWR, 0666,
			$kind eq "btree" ? $DB_BTREE : $DB_HASH or die $!;
		s/\\0$/\0/ for @ARGV;
		%db = (%db, @ARGV);' "$@"
}

db_dump() {
	"$TOP/test-harness/programs/inside" dbtools "$S" db5.3_dump "$@"
}
postmap() {
	"$TOP/test-harness/programs/inside" postfix "$S" postmap -c "$S/old" "$@"
}
makemap() {
	"$TOP/test-harness/programs/inside" sendmail "$S" \
		makemap -C "$S/old/sendmail.cf" "$@" 2>"$S/makemap.err"
}

# afresh: make an empty map, and note the time.
afresh() {
	rm -rf "$S/run" "$S/state"
	sweep
	now=$(date +%s)
}

# listed: print addresses, users and services.
listed() {
	authmap list | cut -f 1-3 | tr '\t\n' ' ,'
}

# left ADDRESS SECONDS: its entry expires in SECONDS, or a few less.
left() {
	seconds=$(authmap lookup "$1" | cut -f 5)
	[ "${seconds:-0}" -le "$2" ] && [ "${seconds:-0}" -gt $(($2 - 200)) ]
	ok $? "  $1 has ${seconds:-nothing} of $2 seconds left"
}

echo "# pop-before-smtp"
written hash "$S/old/pop-before-smtp.db" 203.0.113.7 ok 203.0.113.8 ok \
	2001:db8::7 ok
for how in dump postmap makemap; do
	afresh
	case $how in
	dump) db_dump -p "$S/old/pop-before-smtp.db" ;;
	postmap) postmap -s "hash:$S/old/pop-before-smtp" ;;
	makemap) makemap -u hash "$S/old/pop-before-smtp" ;;
	esac >"$S/$how"
	is "$(authmap import "$S/$how" 2>&1; echo $?)" \
		"imported 3 entries, 0 had expired, 0 were skipped
0" "$how: all entries"
	is "$(listed)" \
		"203.0.113.7 - import,203.0.113.8 - import,2001:db8::7 - import," \
		"  without a user"
	left 203.0.113.7 1800
done
afresh
is "$(db_dump -p "$S/old/pop-before-smtp.db" | authmap import - 2>&1)" \
	"imported 3 entries, 0 had expired, 0 were skipped" "through a pipe"

echo "# DRAC"
afresh
written btree "$S/old/dracd.db" 203.0.113.7 $((now + 600)) \
	203.0.113.8 $((now + 3600)) 203.0.113.9 $((now - 1)) \
	2001:db8::7 $((now + 60))
db_dump -p "$S/old/dracd.db" >"$S/dump"
is "$(authmap import "$S/dump" 2>&1; echo $?)" \
	"imported 3 entries, 1 had expired, 0 were skipped
0" "all entries that have not expired"
left 203.0.113.7 600
left 203.0.113.8 3600
left 2001:db8::7 60
authmap lookup 203.0.113.9 >/dev/null
is $? 1 "  an expired one may not relay"
# DRAC as it was built for Postfix and Exim.
afresh
written hash "$S/old/dracd-postfix.db" '203.0.113.7/32\0' "$((now + 600))\\0" \
	'2001:db8::7/128\0' "$((now + 600))\\0"
db_dump -p "$S/old/dracd-postfix.db" >"$S/dump"
is "$(authmap import "$S/dump" 2>&1)" "imported 2 entries, 0 had expired, 0 were skipped" \
	"keys that are networks of one address, with a NUL"
left 203.0.113.7 600
left 2001:db8::7 600

echo "# poprelayd"
afresh
written hash "$S/old/popip.db" 203.0.113.7 $((now - 600)) \
	203.0.113.8 $((now - 1900))
makemap -u hash "$S/old/popip" >"$S/lines"
like "$(authmap import "$S/lines" 2>&1; echo $?)" "those of logins.*--login-times" \
	"times that may be logins have expired by default"
is "$(listed)" "" "  and grant nothing"
is "$(authmap import --login-times "$S/lines" 2>&1; echo $?)" \
	"imported 1 entries, 1 had expired, 0 were skipped
0" "--login-times"
left 203.0.113.7 1200
is "$(authmap lookup 203.0.113.7 | cut -f 4)" $((now - 600)) \
	"  with --logins, since the login"
authmap lookup 203.0.113.8 >/dev/null
is $? 1 "  an old login may not relay"
like "$(printf '203.0.113.9\t%s\n' $((now + 600)) |
	authmap import - --login-times 2>&1; echo $?)" \
	'^authmap: standard input:1: .* leave out --login-times$' \
	"no login is in the future"

# recipe WORD [SED-EXPRESSION ...]: run the commands of authmap-migrate(7) that have
# WORD in them, after these replacements.
recipe() {
	awk -v word="$1" '
		/^\.Dl/ { sub(/^\.Dl /, ""); text = $0 "\n"; done = 1 }
		/^\.Bd/ { text = ""; inside = 1; next }
		/^\.Ed/ { inside = 0; done = 1 }
		inside { text = text $0 "\n" }
		done && index(text, word) && index(text, "authmap import") {
			printf "%s", text; exit
		}
		done { done = 0; text = "" }
	' "$TOP/maps/man/authmap-migrate.7" >"$S/recipe"
	shift
	for replacement in 's,\\e,\\,g' 's,\\(dq,",g' "$@"; do
		sed -i "$replacement" "$S/recipe"
	done
	# shellcheck disable=SC1091 # it is made above
	. "$S/recipe" 2>&1
}

echo "# smtp-poplock, relay-ctrl, pop-before-smtp with another value"
afresh
cat >"$S/showallowed" <<-EOF
	ipaddr access window expires
	---------------- ----------------------------
	24.7.44.201 Sat Jan 9 00:24:08 1999
	EOF
showallowed() {
	cat "$S/showallowed"
}
is "$(recipe showallowed)" "imported 1 entries, 0 had expired, 0 were skipped" \
	"the output of showallowed"
left 24.7.44.201 1800
mkdir "$S/old/allow"
printf 'USER=joe\0' >"$S/old/allow/203.0.113.7"
touch -d "@$((now - 600))" "$S/old/allow/203.0.113.7"
touch -d "@$((now - 3600))" "$S/old/allow/203.0.113.8"
is "$(recipe stat "s,/var/spool/relay-ctrl/allow,$S/old/allow,")" \
	"imported 1 entries, 1 had expired, 0 were skipped" "relay-ctrl's folder"
left 203.0.113.7 1200
written hash "$S/old/other.db" 203.0.113.9 "mine"
postmap -s "hash:$S/old/other" >"$S/lines"
is "$(authmap import "$S/lines" 2>/dev/null; echo $?)" \
	"imported 0 entries, 0 had expired, 1 were skipped
1" "an unknown value is refused"
is "$(recipe 'awk' "s,FILE,$S/old/other,")" \
	"imported 1 entries, 0 had expired, 0 were skipped" "  but its keys can be imported"
db_dump -p "$S/old/pop-before-smtp.db" |
	sed -n 's/^ \([0-9]*\.[0-9.]*\)$/\1/p' | sort >"$S/names"
is "$(authmap list | cut -f 1 | sort | comm -23 "$S/names" -)" "203.0.113.8" \
	"the addresses that are only in the old map"
authmap list | cut -f 1 | xargs "$O/authmap" -c "$CONF" remove >/dev/null
is "$(listed)" "" "later, the old map has none"

echo "# cPanel, tcprules, vpopmail"
afresh
printf '%s\r\n' "# made by antirelayd" 203.0.113.7 "203.0.113.8 " "" \
	2001:db8::7 198.51.100. >"$S/old/relayhosts"
like "$(authmap import "$S/old/relayhosts" 2>&1)" \
	':2: "203.0.113.7[^ ]*" has no value: "ok" or a time is missing$' \
	"bare addresses have no value"
is "$(recipe relayhosts "s,/etc/relayhosts,$S/old/relayhosts,")" \
	'authmap: standard input:6: "198.51.100. ok" is a network: list it in static
imported 3 entries, 0 had expired, 1 were skipped' "  but the recipe adds one"
is "$(listed)" \
	"203.0.113.7 - import,203.0.113.8 - import,2001:db8::7 - import," \
	"  each of them"
left 203.0.113.7 1800

afresh
cat >"$S/old/tcp.smtp" <<-'EOF'
	127.:allow,RELAYCLIENT=""
	203.0.113.7:allow,RELAYCLIENT=""
	203.0.113.8:allow,RBLSMTPD="",RELAYCLIENT=""
	203.0.113.9:allow,RBLSMTPD=""
	203.0.113.10:deny
	203.0.113.11-13:allow,RELAYCLIENT=""
	:allow
	EOF
like "$(authmap import "$S/old/tcp.smtp" 2>&1)" \
	':2: .* has a colon after its address: see authmap-migrate\(7\), ' \
	"rules for tcprules are not lines of a key and a value"
like "$(recipe tcp.smtp "s,/etc/tcp.smtp,$S/old/tcp.smtp,")" \
	"^imported 2 entries, 0 had expired, 5 were skipped$" "  but the recipe makes such lines"
is "$(listed)" "203.0.113.7 - import,203.0.113.8 - import," \
	"  of the rules that let a client relay"

afresh
rule='allow,RELAYCLIENT="",RBLSMTPD=""'
printf '%s\t%s\n' "203.0.113.7:$rule" $((now - 600)) \
	"203.0.113.8:$rule" $((now - 3600)) 203.0.113.9:deny $((now - 600)) \
	"127.0.0.1:$rule" $((now - 600)) >"$S/old/open-smtp"
like "$(authmap import "$S/old/open-smtp" 2>&1)" \
	':1: .* has a colon after its address' "nor are lines of vpopmail's open-smtp"
like "$(recipe open-smtp "s,~vpopmail/etc/open-smtp,$S/old/open-smtp,")" \
	"^imported 1 entries, 1 had expired, 2 were skipped$" "  but the recipe makes such lines"
is "$(listed)" "203.0.113.7 - import," "  an excluded address is left out"
left 203.0.113.7 1200

echo "# lines of other systems"
afresh
db_dump -p "$S/old/pop-before-smtp.db" | sed 's/$/\r/' >"$S/dump"
is "$(authmap import "$S/dump" 2>&1; echo $?)" \
	"imported 3 entries, 0 had expired, 0 were skipped
0" "a dump with a CR at each line's end"
printf '203.0.113.9\tok \t\r\n\r\n192.000.002.001\tok\n010.0.0.1\tok\n' \
	>"$S/lines"
is "$(authmap import "$S/lines" 2>&1)" \
	"authmap: $S/lines:4: \"010.0.0.1 ok\" has an address with leading zeros, which may be octal: write it without them
imported 2 entries, 0 had expired, 1 were skipped" "blanks, CRs, and zeros that pad"
authmap lookup 192.0.2.1 >/dev/null
ok $? "  are accepted"

echo "# addresses that are in the map already"
afresh
authmap record 203.0.113.7 joe imap
authmap record 203.0.113.8 amy pop3
authmap remove 203.0.113.8 >/dev/null
printf '%s\t%s\n' 203.0.113.7 $((now + 60)) 203.0.113.8 $((now + 60)) \
	203.0.113.9 $((now + 60)) 203.0.113.9 $((now + 120)) \
	203.0.113.9 $((now + 90)) >"$S/lines"
is "$(authmap import "$S/lines" 2>&1; echo $?)" \
	"authmap: $S/lines:2: \"203.0.113.8 $((now + 60))\" was removed: only a new login brings it back
imported 4 entries, 0 had expired, 1 were skipped
0" "one of them was removed before"
is "$(listed)" "203.0.113.7 joe imap,203.0.113.9 - import," \
	"  and stays removed; the others keep their users"
left 203.0.113.7 1800
left 203.0.113.9 120
printf '203.0.113.7\t%s\n' $((now + 7200)) | authmap import - >/dev/null
is "$(listed)" "203.0.113.7 joe imap,203.0.113.9 - import," "an import with a later expiry"
left 203.0.113.7 7200

authmap block 203.0.113.10
now=$(date +%s)
printf '%s\t%s\n' 203.0.113.10 $((now + 60)) >"$S/lines"
is "$(authmap import "$S/lines" 2>&1; echo $?)" \
	"authmap: $S/lines:1: \"203.0.113.10 $((now + 60))\" is blocked
imported 0 entries, 0 had expired, 1 were skipped
0" "one of them is blocked"

echo "# lines that are not valid"
afresh
authmap_conf "exclude = 127.0.0.0/8 198.51.100.0/24"
cat >"$S/access" <<-EOF
	# as for postmap
	203.0.113.7	OK
	203.0.113	OK
	192.0.2.0/24	OK
	example.org	OK
	203.0.113.66	REJECT
	203.0.113.67	550 go away
	198.51.100.7	OK
	203.0.113.68	9999999999
	203.0.113.8	relay
	EOF
is "$(authmap import "$S/access" 2>"$S/err"; echo $?)" \
	"imported 2 entries, 0 had expired, 7 were skipped
1" "the valid lines are imported"
is "$(listed)" "203.0.113.7 - import,203.0.113.8 - import," "  and no others"
is "$(sed "s,$S/access,F," "$S/err")" \
	"authmap: F:3: \"203.0.113 OK\" is a network: list it in static
authmap: F:4: \"192.0.2.0/24 OK\" is a network: list it in static
authmap: F:5: \"example.org OK\" is not an address
authmap: F:6: \"203.0.113.66 REJECT\" has a value that is neither \"ok\" nor a time
authmap: F:7: \"203.0.113.67 550 go away\" has a value that is neither \"ok\" nor a time
authmap: F:8: \"198.51.100.7 OK\" is in exclude, or link-local
authmap: F:9: \"203.0.113.68 9999999999\" expires more than 31 days from now" \
	"  each wrong line is reported with its number"
is "$(printf '127.0.0.1\tok\nfe80::7\tok\n' | authmap import - 2>/dev/null
	echo $?)" "imported 0 entries, 0 had expired, 2 were skipped
0" "an excluded address is not an error"
printf '203.0.113.11\t%s\n' $((now + 3600)) | authmap import - >/dev/null
left 203.0.113.11 1800
authmap remove 203.0.113.11 >/dev/null
# shellcheck disable=SC2046 # words are meant
printf 'host\033[31m%s\tok\n' $(seq 1000) >"$S/lines"
authmap import "$S/lines" >"$S/out" 2>"$S/err"
is "$(wc -l <"$S/err") $(tail -1 "$S/err")" \
	"11 authmap: $S/lines: 990 more lines were skipped" \
	"of many wrong lines, only the first are reported"
unlike "$(cat "$S/err")" "$(printf '\033')" "  and none is stored"

echo "# errors"
db_dump "$S/old/dracd.db" >"$S/dump"
like "$(authmap import "$S/dump" 2>&1; echo $?)" \
	"^authmap: $S/dump:2: .* db_dump -p$" "a dump without -p"
like "$(authmap import "$S/old/dracd.db" 2>&1)" ":1: is not text: .*db_dump -p" \
	"the map itself as input"
authmap import "$S/old/dracd.db" >/dev/null 2>&1
is $? 2 "  is an error"
db_dump -p "$S/old/pop-before-smtp.db" | sed '/DATA=END/d' >"$S/dump"
is "$(authmap import "$S/dump" 2>&1; echo $?)" \
	"authmap: $S/dump: ends too soon: there is no DATA=END
imported 3 entries, 0 had expired, 0 were skipped
1" "half a dump is reported, and its whole entries are imported"
rm -rf "$S/run"
is "$(authmap import "$S/postmap" 2>&1; echo $?)" \
	"authmap: $S/run/relay.lock: cannot be opened: No such file or directory: run authmap check
imported 0 entries, 0 had expired, 0 were skipped
2" "a missing folder of the map is reported once"
like "$(authmap import "$S/nosuch" 2>&1; echo $?)" "nosuch: No such file" \
	"a missing file"
like "$(authmap import "$S" 2>&1)" "$S: Is a directory" "a folder"
like "$(authmap import 2>&1)" "^usage: authmap import" "a FIFO"

# The import does not keep the lock until its end, but stores a thousand at once.
afresh
authmap_conf "exclude = 127.0.0.0/8 198.51.100.0/24" "lock_timeout = 10s"
# shellcheck disable=SC2046 # words are meant
printf '10.1.%s\tok\n' $(seq 0 255 | sed 's/.*/&.1 &.2 &.3 &.4 &.5 &.6 &.7/') \
	>"$S/lines"
: >"$S/stop"
while [ -e "$S/stop" ]; do
	authmap record 203.0.113.7 joe imap || echo "refused"
done >"$S/logins" 2>&1 &
logins=$!
# LeakSanitizer cannot work under strace.
is "$(ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=flock -o "$S/locks" \
	"$O/authmap" -c "$CONF" import "$S/lines" 2>&1)" \
	"imported 1792 entries, 0 had expired, 0 were skipped" \
	"many entries, while a client logs in"
rm "$S/stop"
wait $logins
is "$(cat "$S/logins")" "" "  which is recorded"
locks=$(grep -c 'LOCK_EX|LOCK_NB) *= 0' "$S/locks")
[ "$locks" -ge 2 ]
ok $? "  between the $locks times that the import takes the lock"
is "$(authmap list | wc -l)" 1793 "  and all entries are in the map"
done_testing
