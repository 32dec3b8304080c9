#!/bin/sh
# SPDX-License-Identifier: ISC
# UW's imapd, ipop3d and ipop2d record each login, by every method and over IPv4 and
# IPv6.  They do not record failed logins, and logins of an administrator only if
# configured.
. "$(dirname "$0")/../lib/tap.sh"
uses uw

begin "exclude = 127.0.0.0/8 ::1 198.51.100.0/24"
uw_start || skip_all "UW's servers cannot be built here: $(tail -n 1 "$S/uw.make")"

forget() {
	authmap list | cut -f 1 | xargs -r "$O/authmap" -c "$CONF" remove >/dev/null
}

# in_as ENTRY NAME ARGUMENT ...: log in; the map then has ENTRY.
in_as() {
	entry=$1 name=$2
	shift 2
	forget
	uw_client "$@" >"$S/out"
	ok $? "$name"
	is "$(entries)" "$entry" "  recorded: ${entry:-nobody}"
}

# strangers: each line of the input is a name and, after a colon, a client's
# arguments.  They log in at the same time, since the servers delay the reply.
strangers() {
	forget
	: >"$S/let-in"
	clients=
	while IFS=: read -r name arguments; do
		# shellcheck disable=SC2086 # words are meant
		{
			uw_client $arguments | grep -q "^refused:" ||
				echo "$name" >>"$S/let-in"
		} &
		clients="$clients $!"
	done
	# shellcheck disable=SC2086 # words are meant
	wait $clients
	is "$(cat "$S/let-in")" "" "$1 are refused"
	is "$(entries)" "" "  and not recorded"
}

imap="imap 127.0.0.1 143 --bind 203.0.113.7"
pop3="pop3 127.0.0.1 110 --bind 203.0.113.7"

# shellcheck disable=SC2086 # words are meant
logins() {
	in_as "203.0.113.7 joe imap" "LOGIN" $imap
	in_as "203.0.113.7 amy imap" "AUTH=PLAIN" $imap --auth PLAIN --user amy
	in_as "203.0.113.7 joe pop3" "USER, PASS" $pop3
	strangers "wrong passwords" <<-EOF
		LOGIN:$imap --password no
		PLAIN:$imap --auth PLAIN --password no
		nobody:$imap --user nobody-there
		TLS:imap 127.0.0.1 993 --tls --bind 203.0.113.7 --password no
		PASS:$pop3 --password no
		${1:-PASS again:$pop3 --password nope}
	EOF
	in_as "203.0.113.7 joe imap" "another name for joe" $imap --user JOE
}
logins

in_as "2001:db8::7 joe imap" "IMAP over IPv6" \
	imap ::1 143 --bind 2001:db8::7
in_as "2001:db8::7 joe pop3" "POP3 over IPv6" \
	pop3 ::1 110 --bind 2001:db8::7
in_as "203.0.113.7 joe imap" "IPv4 at a socket for both" \
	imap 127.0.0.1 1143 --bind 203.0.113.7
in_as "2001:db8::7 joe imap" "  IPv6 at the same" \
	imap ::1 1143 --bind 2001:db8::7
in_as "203.0.113.7 joe imap" "over TLS" \
	imap 127.0.0.1 993 --tls --bind 203.0.113.7
in_as "" "an address that is excluded" imap 127.0.0.1 143 --bind 198.51.100.7
in_as "" "  at a socket for both" imap 127.0.0.1 1143 --bind 198.51.100.7
in_as "" "this host itself" imap 127.0.0.1 143

# pop2 REQUEST: print the server's reply.
pop2() {
	{
		echo "$1"
		echo QUIT
	} | sed 's/$/\r/' | nsenter -t "$uw" -n -m -r socat -t 60 - \
		TCP4:127.0.0.1:109,bind=203.0.113.7,ip-freebind
}
forget
like "$(pop2 "HELO joe pw")" "^#0" "POP2"
is "$(entries)" "203.0.113.7 joe pop2" "  recorded"
forget
unlike "$(pop2 "HELO joe no")" "^#0" "a wrong password over POP2 is refused"
is "$(entries)" "" "  and not recorded"

# Logins without a password, and those that another server checks.
# shellcheck disable=SC2086 # words are meant
no_password() {
	in_as "" "AUTH=ANONYMOUS" $imap --auth ANONYMOUS
	like "$(cat "$S/uw/log")" "Authenticated anonymous=" "  and logged in"
	# /novalidate-cert fits Debian's alpine alone: the ipop3d of uw-imap/imap and
	# of panda-imap refuses such a name itself.
	strangers "wrong passwords that ipop3d hands on" <<-EOF
		imapd:$pop3 --user 127.0.0.1/novalidate-cert:joe --password no
		nobody:$pop3 --user nowhere.invalid:joe --password no
	EOF
	in_as "" "a right one" $pop3 --user 127.0.0.1/novalidate-cert:joe
}
no_password

# An administrator acts as another user.
# shellcheck disable=SC2086 # words are meant
admins() {		# ENTRY IN IMAP AND IN POP3
	in_as "$1" "admin acts as joe" $imap --auth PLAIN --user admin --as joe
	in_as "$1" "  with LOGIN" $imap --user '"joe*admin"'
	in_as "$2" "  over POP3" $pop3 --user 'joe*admin'
	strangers "others who would act as joe" <<-EOF
		admin:$pop3 --user joe*admin --password no
		amy:$imap --auth PLAIN --user amy --as joe
	EOF
	in_as "203.0.113.7 joe imap" "joe acts as joe" \
		$imap --auth PLAIN --as joe
	in_as "203.0.113.7 admin imap" "admin acts as admin" \
		$imap --auth PLAIN --user admin
}
admins "" ""
echo "master_users = yes" >>"/proc/$uw/root/etc/authmap.conf"
admins "203.0.113.7 joe imap" "203.0.113.7 joe pop3"

# From now on, there is a file with passwords in clear text.
printf '%s\tpw\n' joe amy admin >"/proc/$uw/root/etc/cram-md5.pwd"
chmod 400 "/proc/$uw/root/etc/cram-md5.pwd"
# shellcheck disable=SC2086 # words are meant
challenges() {
	in_as "203.0.113.7 joe imap" "CRAM-MD5" $imap --auth CRAM-MD5
	in_as "203.0.113.7 joe pop3" "APOP" $pop3 --auth APOP
}
challenges
logins "CRAM-MD5:$imap --auth CRAM-MD5 --password no
	APOP:$pop3 --auth APOP --password no"
echo "users = amy @example.org" >>"/proc/$uw/root/etc/authmap.conf"
# shellcheck disable=SC2086 # words are meant
in_as "" "a user that is not in users, over IMAP" $imap
# shellcheck disable=SC2086 # words are meant
in_as "" "  over POP3" $pop3
# shellcheck disable=SC2086 # words are meant
in_as "203.0.113.7 amy imap" "  a user that is" $imap --user amy
unlike "$(cat "$S/uw/log")" "authmap: [^g]" "no error was logged"
done_testing
