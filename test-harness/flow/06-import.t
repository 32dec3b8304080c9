#!/bin/sh
# SPDX-License-Identifier: ISC
# The live entries of the systems that authmap takes the place of: written as
# they write them, printed by the tools that their documents name.
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
# Accounts that every Debian has; makemap wants some configuration.
printf '%s\n' "compatibility_level = 3.6" "mail_owner = daemon" \
	"setgid_group = mail" >"$S/old/main.cf"
: >"$S/old/sendmail.cf"

# written KIND FILE [KEY VALUE] ...: by the calls of pop-before-smtp and of
# poprelayd (tie, with DB_HASH), or those of rpc.dracd (btree, with pages of
# 512 bytes).  A KEY or VALUE may end in \0.
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

# afresh: an empty map.
afresh() {
	rm -rf "$S/run" "$S/state"
	sweep
}

# listed: addresses, users, services.
listed() {
	authmap list | cut -f 1-3 | tr '\t\n' ' ,'
}

# left ADDRESS SECONDS: it has so many, or a few less.
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
		"3 taken over, 0 over, 0 left out
0" "$how: all of them"
	is "$(listed)" \
		"203.0.113.7 - import,203.0.113.8 - import,2001:db8::7 - import," \
		"  without a name"
	left 203.0.113.7 1800
done
afresh
is "$(db_dump -p "$S/old/pop-before-smtp.db" | authmap import - 2>&1)" \
	"3 taken over, 0 over, 0 left out" "through a pipe"

echo "# DRAC"
afresh
written btree "$S/old/dracd.db" 203.0.113.7 $((now + 600)) \
	203.0.113.8 $((now + 3600)) 203.0.113.9 $((now - 1)) \
	2001:db8::7 $((now + 60))
db_dump -p "$S/old/dracd.db" >"$S/dump"
is "$(authmap import "$S/dump" 2>&1; echo $?)" \
	"3 taken over, 1 over, 0 left out
0" "all that are not over"
left 203.0.113.7 600
left 203.0.113.8 3600
left 2001:db8::7 60
authmap lookup 203.0.113.9 >/dev/null
is $? 1 "  what is over may not relay"
# As it was built for Postfix and Exim.
afresh
written hash "$S/old/dracd-postfix.db" '203.0.113.7/32\0' "$((now + 600))\\0" \
	'2001:db8::7/128\0' "$((now + 600))\\0"
db_dump -p "$S/old/dracd-postfix.db" >"$S/dump"
is "$(authmap import "$S/dump" 2>&1)" "2 taken over, 0 over, 0 left out" \
	"keys as networks of one, with a NUL"
left 203.0.113.7 600
left 2001:db8::7 600

echo "# poprelayd"
afresh
written hash "$S/old/popip.db" 203.0.113.7 $((now - 600)) \
	203.0.113.8 $((now - 1900))
makemap -u hash "$S/old/popip" >"$S/lines"
like "$(authmap import "$S/lines" 2>&1; echo $?)" "those of logins.*--login-times" \
	"what may be logins is over, if nobody says so"
is "$(listed)" "" "  and lets in nobody"
is "$(authmap import --login-times "$S/lines" 2>&1; echo $?)" \
	"1 taken over, 1 over, 0 left out
0" "--login-times"
left 203.0.113.7 1200
is "$(authmap lookup 203.0.113.7 | cut -f 4)" $((now - 600)) \
	"  since when it logged in"
authmap lookup 203.0.113.8 >/dev/null
is $? 1 "  a login that is too long ago may not relay"
like "$(printf '203.0.113.9\t%s\n' $((now + 600)) |
	authmap import - --login-times 2>&1; echo $?)" \
	'^authmap: standard input:1: .* leave out --login-times$' \
	"no login is in the future"

# recipe WORD [SED-EXPRESSION ...]: runs what authmap-migrate(7) says, with WORD in
# it, after these replacements.
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
is "$(recipe showallowed)" "1 taken over, 0 over, 0 left out" \
	"what showallowed prints"
left 24.7.44.201 1800
mkdir "$S/old/allow"
printf 'USER=joe\0' >"$S/old/allow/203.0.113.7"
touch -d "@$((now - 600))" "$S/old/allow/203.0.113.7"
touch -d "@$((now - 3600))" "$S/old/allow/203.0.113.8"
is "$(recipe stat "s,/var/spool/relay-ctrl/allow,$S/old/allow,")" \
	"1 taken over, 1 over, 0 left out" "relay-ctrl's folder"
left 203.0.113.7 1200
written hash "$S/old/other.db" 203.0.113.9 "mine"
postmap -s "hash:$S/old/other" >"$S/lines"
is "$(authmap import "$S/lines" 2>/dev/null; echo $?)" \
	"0 taken over, 0 over, 1 left out
1" "a value of one's own is no yes"
is "$(recipe 'awk' "s,FILE,$S/old/other,")" \
	"1 taken over, 0 over, 0 left out" "  but its keys are"
db_dump -p "$S/old/pop-before-smtp.db" |
	sed -n 's/^ \([0-9]*\.[0-9.]*\)$/\1/p' | sort >"$S/names"
is "$(authmap list | cut -f 1 | sort | comm -23 "$S/names" -)" "203.0.113.8" \
	"who is in the old map only"
authmap list | cut -f 1 | xargs "$O/authmap" -c "$CONF" remove >/dev/null
is "$(listed)" "" "let in nobody any more"

echo "# cPanel, tcprules, vpopmail"
afresh
printf '%s\r\n' "# made by antirelayd" 203.0.113.7 "203.0.113.8 " "" \
	2001:db8::7 198.51.100. >"$S/old/relayhosts"
like "$(authmap import "$S/old/relayhosts" 2>&1)" \
	':2: "203.0.113.7[^ ]*" has no value: "ok" or a time is missing$' \
	"bare addresses have no value"
is "$(recipe relayhosts "s,/etc/relayhosts,$S/old/relayhosts,")" \
	'authmap: standard input:6: "198.51.100. ok" is a network: it can only be in "static"
3 taken over, 0 over, 1 left out' "  but they get one"
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
	"rules for tcprules are no lines of a key and a value"
like "$(recipe tcp.smtp "s,/etc/tcp.smtp,$S/old/tcp.smtp,")" \
	"^2 taken over, 0 over, 5 left out$" "  but they become some"
is "$(listed)" "203.0.113.7 - import,203.0.113.8 - import," \
	"  those that let a client relay"

afresh
rule='allow,RELAYCLIENT="",RBLSMTPD=""'
printf '%s\t%s\n' "203.0.113.7:$rule" $((now - 600)) \
	"203.0.113.8:$rule" $((now - 3600)) 203.0.113.9:deny $((now - 600)) \
	"127.0.0.1:$rule" $((now - 600)) >"$S/old/open-smtp"
like "$(authmap import "$S/old/open-smtp" 2>&1)" \
	':1: .* has a colon after its address' "nor is vpopmail's open-smtp"
like "$(recipe open-smtp "s,~vpopmail/etc/open-smtp,$S/old/open-smtp,")" \
	"^1 taken over, 1 over, 2 left out$" "  but it becomes one of logins"
is "$(listed)" "203.0.113.7 - import," "  an excluded address is left out"
left 203.0.113.7 1200

echo "# lines of other systems"
afresh
db_dump -p "$S/old/pop-before-smtp.db" | sed 's/$/\r/' >"$S/dump"
is "$(authmap import "$S/dump" 2>&1; echo $?)" \
	"3 taken over, 0 over, 0 left out
0" "a dump with a CR at each line's end"
printf '203.0.113.9\tok \t\r\n\r\n192.000.002.001\tok\n010.0.0.1\tok\n' \
	>"$S/lines"
is "$(authmap import "$S/lines" 2>&1)" \
	"authmap: $S/lines:4: \"010.0.0.1 ok\" has an address with leading zeros, which may be octal: write it without them
2 taken over, 0 over, 1 left out" "blanks, CRs, and zeros that pad"
authmap lookup 192.0.2.1 >/dev/null
ok $? "  as they are meant"

echo "# who is in the map already"
afresh
authmap record 203.0.113.7 joe imap
authmap record 203.0.113.8 amy pop3
authmap remove 203.0.113.8 >/dev/null
printf '%s\t%s\n' 203.0.113.7 $((now + 60)) 203.0.113.8 $((now + 60)) \
	203.0.113.9 $((now + 60)) 203.0.113.9 $((now + 120)) \
	203.0.113.9 $((now + 90)) >"$S/lines"
is "$(authmap import "$S/lines" 2>&1; echo $?)" \
	"authmap: $S/lines:2: \"203.0.113.8 $((now + 60))\" was removed: only a login brings it back
4 taken over, 0 over, 1 left out
0" "one of them was removed"
is "$(listed)" "203.0.113.7 joe imap,203.0.113.9 - import," \
	"  and stays so; the others keep their names"
left 203.0.113.7 1800
left 203.0.113.9 120
printf '203.0.113.7\t%s\n' $((now + 7200)) | authmap import - >/dev/null
is "$(listed)" "203.0.113.7 joe imap,203.0.113.9 - import," "a later end"
left 203.0.113.7 7200

authmap block 203.0.113.10
printf '%s\t%s\n' 203.0.113.10 $((now + 60)) >"$S/lines"
is "$(authmap import "$S/lines" 2>&1; echo $?)" \
	"authmap: $S/lines:1: \"203.0.113.10 $((now + 60))\" is blocked
0 taken over, 0 over, 1 left out
0" "one is blocked"

echo "# what is wrong"
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
	"2 taken over, 0 over, 7 left out
1" "the others are taken"
is "$(listed)" "203.0.113.7 - import,203.0.113.8 - import," "  just they"
is "$(sed "s,$S/access,F," "$S/err")" \
	"authmap: F:3: \"203.0.113 OK\" is a network: it can only be in \"static\"
authmap: F:4: \"192.0.2.0/24 OK\" is a network: it can only be in \"static\"
authmap: F:5: \"example.org OK\" is no address
authmap: F:6: \"203.0.113.66 REJECT\" has a value that is neither \"ok\" nor a time
authmap: F:7: \"203.0.113.67 550 go away\" has a value that is neither \"ok\" nor a time
authmap: F:8: \"198.51.100.7 OK\" is in \"exclude\", or link-local
authmap: F:9: \"203.0.113.68 9999999999\" ends too far from now" \
	"  each is told with its line"
is "$(printf '127.0.0.1\tok\nfe80::7\tok\n' | authmap import - 2>/dev/null
	echo $?)" "0 taken over, 0 over, 2 left out
0" "to be excluded is not wrong"
printf '203.0.113.11\t%s\n' $((now + 3600)) | authmap import - >/dev/null
left 203.0.113.11 1800
authmap remove 203.0.113.11 >/dev/null
# shellcheck disable=SC2046 # words are meant
printf 'host\033[31m%s\tok\n' $(seq 1000) >"$S/lines"
authmap import "$S/lines" >"$S/out" 2>"$S/err"
is "$(wc -l <"$S/err") $(tail -1 "$S/err")" \
	"11 authmap: $S/lines: 990 more lines were left out" \
	"many lines are not all told"
unlike "$(cat "$S/err")" "$(printf '\033')" "  nor can they do anything"

echo "# trouble"
db_dump "$S/old/dracd.db" >"$S/dump"
like "$(authmap import "$S/dump" 2>&1; echo $?)" \
	"^authmap: $S/dump:2: .* db_dump -p$" "a dump without -p"
like "$(authmap import "$S/old/dracd.db" 2>&1)" ":1: is no text: .*db_dump -p" \
	"the map itself"
authmap import "$S/old/dracd.db" >/dev/null 2>&1
is $? 2 "  is trouble"
db_dump -p "$S/old/pop-before-smtp.db" | sed '/DATA=END/d' >"$S/dump"
is "$(authmap import "$S/dump" 2>&1; echo $?)" \
	"authmap: $S/dump: ends too soon: there is no DATA=END
3 taken over, 0 over, 0 left out
1" "half a dump is told, and taken"
rm -rf "$S/run"
is "$(authmap import "$S/postmap" 2>&1; echo $?)" \
	"authmap: $S/run/relay.lock: No such file or directory: run authmap check
0 taken over, 0 over, 0 left out
2" "no folder of the map, said once"
like "$(authmap import "$S/nosuch" 2>&1; echo $?)" "nosuch: No such file" \
	"no such file"
like "$(authmap import "$S" 2>&1)" "$S: Is a directory" "a folder"
like "$(authmap import 2>&1)" "^usage: authmap import" "no file"

afresh
# shellcheck disable=SC2046 # words are meant
printf '10.1.%s\tok\n' $(seq 0 255 | sed 's/.*/&.1 &.2 &.3 &.4 &.5 &.6 &.7/') \
	>"$S/lines"
: >"$S/stop"
while [ -e "$S/stop" ]; do
	authmap record 203.0.113.7 joe imap || echo "refused"
done >"$S/logins" 2>&1 &
logins=$!
is "$(authmap import "$S/lines" 2>&1)" "1792 taken over, 0 over, 0 left out" \
	"many, while somebody logs in"
rm "$S/stop"
wait $logins
is "$(cat "$S/logins")" "" "  who does not have to wait"
is "$(authmap list | wc -l)" 1793 "  and all are there"
done_testing
