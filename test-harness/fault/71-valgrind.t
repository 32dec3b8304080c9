#!/bin/sh
# SPDX-License-Identifier: ISC
# Log in over IMAP and POP3, with and without faults, to processes under valgrind: it
# finds no error and no memory leak.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin "window = 6s" "lock_timeout = 100ms"
mkdir -m 1777 "$S/valgrind"
for server in imap pop3; do
	cat >"$S/$server" <<-EOF
		#!/bin/sh
		exec valgrind --vgdb=no --keep-debuginfo=yes --track-origins=yes \\
			--leak-check=full --suppressions=$S/valgrind.supp \\
			--log-file=$S/valgrind/$server.%p \\
			/usr/lib/dovecot/$server "\$@"
		EOF
	chmod 755 "$S/$server"
done
# valgrind reads these files as the user.
PLUGIN=$S/lib_authmap_plugin.so
cp "$O/lib_authmap_plugin.so" "$PLUGIN"
cp "$TOP/test-harness/lib/valgrind.supp" "$S"
dovecot_start watched

number=0
# days NAME: one login over each protocol from the same address, and one from a new
# address.
days() {
	number=$((number + 1))
	for how in "imap $IMAP_PROXY" "pop3 $POP3_PROXY"; do
		for from in 203.0.113.7 "2001:db8::$number"; do
			# shellcheck disable=SC2086 # words are meant
			set -- "$1" $how "$from"
			client "$2" 127.0.0.1 "$3" --from "$from" \
				>"$S/login" 2>&1 || echo "$2 $from" >>"$S/wrong"
		done
	done
	is "$(cat "$S/wrong" 2>/dev/null)" "" "$1: all log in"
	rm -f "$S/wrong"
}

days "no fault"
days "again"
for how in "pop3 $POP3_PROXY 203.0.113.8" "imap $IMAP_PROXY 203.0.113.9"; do
	# shellcheck disable=SC2086 # words are meant
	set -- $how
	"$CLIENT" "$1" 127.0.0.1 "$2" --from "$3" --hold 9999 --until "$S/leave" \
		>/dev/null &
	held=$!
	started $held
	within 30 authmap lookup "$3"
	within 30 alive_since "$3" $(($(seen "$3") + 2))
	is $? 0 "$1: a session that goes on keeps its entry"
	: >"$S/leave"
	wait $held
	rm "$S/leave"
done
client imap 127.0.0.1 "$IMAP_PROXY" --from 203.0.113.7 >/dev/null
authmap remove 203.0.113.7 >/dev/null
days "an entry was removed"
exec 8<"$S/run/relay.lock"
flock 8
days "the lock is held"
exec 8<&-
days "the lock is released"
head -c 20000 /dev/urandom >"$S/run/relay.gdbm"
days "the map is garbage"
rm "$S/run/relay.gdbm"
days "it is lost"
head -c 20000 /dev/urandom >"$S/run/relay.pending"
chmod 666 "$S/run/relay.pending"
days "a file of authmap 0.1 with logins that wait is garbage"
mv "$S/run" "$S/away"
days "no folder"
mv "$S/away" "$S/run"
sed -i 's/^window = .*/window = for ever/' "$CONF"
days "a wrong configuration"
echo "exclude = 192.0.2.1/24" >>"$CONF"
days "one whose exclude has an error"
authmap_conf "exclude = 203.0.113.0/24"
days "one that excludes a client"
dovecot_stop

for server in imap pop3; do
	report=$(cat "$S/valgrind/$server".*)
	like "$(grep -c "$LOGGED_IN: " "$S/d/log")" "^[5-9][0-9]$" \
		"there were many logins"
	is "$(ls "$S/valgrind/$server".* | wc -l)" 1 "  all in one $server"
	like "$report" "ERROR SUMMARY: 0 errors" "  valgrind finds no error"
	like "$report" "definitely lost: 0 bytes" "  nothing lost"
	like "$report" "indirectly lost: 0 bytes" "  nor indirectly"
	like "$report" "possibly lost: 0 bytes" "  nor possibly"
done
done_testing
