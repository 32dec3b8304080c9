#!/bin/sh
# SPDX-License-Identifier: ISC
# After 10,000 logins through one imap process, valgrind and the kernel find no memory
# and no open file that they left.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

begin
"$O/test/fill" "$CONF" 10000
mkdir -m 1777 "$S/valgrind"
cat >"$S/imap" <<-EOF
	#!/bin/sh
	exec valgrind --vgdb=no --keep-debuginfo=yes --leak-check=full --show-leak-kinds=all \\
		--error-exitcode=9 --log-file=$S/valgrind/%p \\
		/usr/lib/dovecot/imap "\$@"
	EOF
chmod 755 "$S/imap"
# valgrind reads the plugin as the user.
PLUGIN=$S/lib_authmap_plugin.so
cp "$O/lib_authmap_plugin.so" "$PLUGIN"
dovecot_start one

# idle: the imap process waits, and has used no processor time for half a second.
spent() {
	sed 's/.*) //' "/proc/$imap/stat" | cut -d ' ' -f 1,12,13
}
idle() {
	was=$(spent)
	sleep 0.5
	[ "$(spent)" = "$was" ] && [ "${was%% *}" = S ]
}
all_left() {
	[ "$(grep -c "imap(joe).*Logged out" "$S/d/log")" = "$1" ]
}
# look LOGINS: print the number of open files and the memory in kB of the imap process,
# when it has ended that many sessions.
look() {
	within 30 all_left "$1"
	imap=$(pgrep -P "$dovecot" -f 'dovecot/imap$')
	within 30 idle
	echo "$(ls "/proc/$imap/fd" | wc -l) files," \
		"$(awk '/^VmRSS/ { print $2 }' "/proc/$imap/status")"
}

"$O/test/login" 1000 10.0 0 "$IMAP_PROXY" >/dev/null
is $? 0 "1,000 logins"
before=$(look 1000)
"$O/test/login" 9000 10.0 1000 "$IMAP_PROXY" >/dev/null
is $? 0 "9,000 more"
like "$before" "^[0-9]+ files, [0-9]+$" "its files and its memory are known"
after=$(look 10000)
is "${after% files*}" "${before% files*}" "it has no more files open"
# valgrind itself may use a few pages.  If each login lost the smallest block of
# malloc(3), that would be more.
[ $((${after#* files, } - ${before#* files, })) -le 128 ] 2>/dev/null
ok $? "  and its memory has not grown: $before, then $after"
is "$(grep -c "$LOGGED_IN: user=<joe>" "$S/d/log")" 10000 "there were 10,000"
is "$(grep "$LOGGED_IN: " "$S/d/log" | sed 's/.*mpid=\([0-9]*\).*/\1/' | sort -u |
	wc -l)" 1 "  all in one process"
dovecot_stop
report=$(cat "$S/valgrind"/*)
all_freed="All heap blocks were freed"
like "$report" "definitely lost: 0 bytes|$all_freed" "valgrind finds nothing lost"
like "$report" "indirectly lost: 0 bytes|$all_freed" "  nor indirectly"
like "$report" "possibly lost: 0 bytes|$all_freed" "  nor possibly"
like "$report" "ERROR SUMMARY: 0 errors" "  nor any error"
unlike "$report" "authmap" "  nor a block of authmap that is still in use"
done_testing
