#!/bin/sh
# SPDX-License-Identifier: ISC
# A user's name and the userdb's fields may have any bytes: the plugin logs them as
# printable ASCII.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
marks=$(printf '\033[31m\033]0;t\007\233\302\233\342\200\256\342\201\246\177')
mkdir -p "$S/d"
window=userdb_authmap_window
[ "$DOVECOT" != 2.3 ] || window=userdb_plugin/authmap_window
cat >"$S/d/passwd" <<-EOF
	joe$marks:{PLAIN}pw:20001:20001::$S/d/mail/joe::
	eve:{PLAIN}pw:20001:20001::$S/d/mail/eve::$window=1${marks}h
	amy:{PLAIN}pw:20001:20001::$S/d/mail/amy::userdb_plugin/authmap_x$marks=1
	bob:{PLAIN}pw:20001:20001::$S/d/mail/bob::
	EOF
dovecot_start any-name

# login FROM USER: give the name as a literal, which may have any byte.
login() {
	python3 - "$IMAP_PROXY" "$@" <<-'EOF'
	import os, socket, sys
	port, address, user = sys.argv[1:]
	name = os.fsencode(user)
	s = socket.create_connection(('127.0.0.1', int(port)), 60)
	s.settimeout(60)
	f = s.makefile('rwb', 0)
	f.write(b'PROXY TCP4 %s 127.0.0.1 1000 143\r\n' % address.encode())
	f.readline()
	f.write(b'a LOGIN {%d}\r\n' % len(name))
	f.readline()
	f.write(name + b' pw\r\n')
	while (line := f.readline()) and not line.startswith(b'a '):
	    pass
	f.write(b'b LOGOUT\r\n')
	f.read()
	sys.exit(not line.startswith(b'a OK'))
	EOF
}
# ours: print the plugin's lines in Dovecot's log.
ours() {
	LC_ALL=C sed -n 's/.*: \(authmap\(_window\)*: .*\)/\1/p' "$S/d/log"
}
told() {
	ours | grep -q "$1"
}

login 203.0.113.7 "joe$marks"
is $? 0 "a user whose name has any bytes logs in"
within 5 told "granted 203.0.113.7"
like "$(ours)" 'granted 203.0.113.7 service=imap user=joe\\033\[31m' \
	"  the log shows it encoded"
login 203.0.113.8 eve
is $? 0 "so does a user with a window that is not valid"
within 5 told "authmap_window: "
like "$(ours)" '^authmap_window: .*\\033\[31m.*' "  the log shows it encoded"
login 203.0.113.9 amy
logged_in=$?
# Dovecot 2.4.5 refuses such a field, and the login, itself.
grep -q "Unknown setting 'plugin'" "$S/d/log" && DOVECOT=2.4.5
[ "$DOVECOT" = 2.4.5 ] || is $logged_in 0 "  or with a field for another Dovecot"
if [ "$DOVECOT" = 2.4 ]; then
	within 5 told "userdb field"
	like "$(ours)" 'userdb field plugin/authmap_x\\033\[31m' \
		"  which the log shows encoded"
fi
authmap block --user "joe$marks" >/dev/null
login 203.0.113.7 "joe$marks"
within 5 told "blocked 203.0.113.7"
like "$(ours)" 'blocked 203.0.113.7 service=imap user=joe\\033\[31m' \
	"a blocked user, too"
# A configuration may not have a control byte.
high=$(printf '\302\233\342\200\256\377')
echo "windw = x$high" >>"$CONF"
login 203.0.113.10 bob
within 5 told "windw"
like "$(ours)" 'no setting "windw"' "a wrong configuration"
sed -i '$d' "$CONF"
echo "window = x$high" >>"$CONF"
login 203.0.113.10 bob
within 5 told ': window: '
like "$(ours)" ': window: "x\\302\\233' "  its value is encoded"
is "$(ours | LC_ALL=C grep -c '[^ -~]')" 0 \
	"all lines of the plugin are printable ASCII"
done_testing
