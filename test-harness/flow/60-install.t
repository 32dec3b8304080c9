#!/bin/sh
# SPDX-License-Identifier: ISC
# make install installs all files, and never replaces a configuration; make uninstall
# removes them.  A program can be built with the installed library.
. "$(dirname "$0")/../lib/tap.sh"

D=$S/root
install_to() {		# install_to TARGET [VARIABLE=VALUE]
	make -s -j2 DESTDIR="$D" prefix=/usr O="$S/build" "$@" >"$S/out" 2>&1
}

install_to install
ok $? "make install"
modules=$(. /usr/lib/dovecot/dovecot-config && echo "$dovecot_moduledir")
settings=
[ "$(dovecot --version | cut -c 1-4)" = 2.3. ] ||
	settings=${modules#/}/settings/libauthmap_settings.so
for file in usr/bin/authmap usr/sbin/authmap-socketmapd \
	usr/sbin/authmap-sweeper usr/sbin/authmap-cluster usr/include/authmap.h \
	usr/libexec/opensmtpd/table-authmap usr/libexec/authmap-judge \
	usr/libexec/authmap/still-needed \
	usr/share/man/man8/table-authmap.8 \
	"${modules#/}/lib_authmap_plugin.so" $settings usr/lib/libauthmap.a \
	usr/lib/libauthmap.so usr/lib/libauthmap.so.1 \
	usr/lib/pkgconfig/authmap.pc etc/authmap.conf \
	usr/share/man/man7/authmap.7 usr/share/man/man7/authmap-migrate.7 \
	usr/share/man/man7/authmap-messages.7 \
	usr/share/man/man7/authmap-dovecot.7 \
	usr/share/man/man8/authmap.8 \
	usr/share/man/man8/authmap-sweeper.8 usr/share/man/man8/authmap-judge.8 \
	usr/share/man/man8/authmap-cluster.8 \
	usr/share/man/man8/authmap-socketmapd.8 usr/share/man/man5/authmap.conf.5 \
	usr/share/man/man5/authmap-map.5 \
	usr/share/doc/authmap/dovecot-2.3-authmap.conf \
	usr/share/doc/authmap/dovecot-2.4-authmap.conf \
	usr/share/doc/authmap/courier-authmap.sh \
	usr/share/doc/authmap/qmail-pop3-authmap.sh \
	usr/share/doc/authmap/pam-authmap \
	usr/share/doc/authmap/exim-gdbm.conf usr/lib/libauthmap-uw.a \
	usr/share/doc/authmap/uw-imapd@.service \
	usr/share/doc/authmap/uw-patch/README \
	usr/share/doc/authmap/uw-patch/authmap.patch \
	usr/share/doc/authmap/authmap.cron \
	usr/share/doc/authmap/authmap-prometheus.cron \
	usr/share/doc/authmap/sysv-authmap \
	usr/share/doc/authmap/sysv-authmap-cluster \
	usr/share/doc/authmap/freebsd-authmap_cluster \
	usr/share/doc/authmap/freebsd-authmap_sweeper \
	usr/share/doc/authmap/freebsd-authmap_socketmapd \
	usr/share/bash-completion/completions/authmap \
	usr/lib/systemd/system/authmap-sweeper.service \
	usr/lib/systemd/system/authmap-cluster.service \
	usr/lib/systemd/system/authmap-socketmapd.service \
	usr/lib/systemd/system/authmap-socketmapd.socket \
	usr/lib/systemd/system/authmap-postfix.socket \
	usr/lib/sysusers.d/authmap.conf usr/lib/tmpfiles.d/authmap.conf; do
	test -f "$D/$file"
	ok $? "  $file"
done
# Another library would make each login slower.
is "$(readelf -d "$D$modules/lib_authmap_plugin.so" |
	sed -n 's/.*NEEDED.*\[\(.*\)\].*/\1/p' | grep -v -e '^libc\.' -e '^ld-')" "" \
	"the plugin loads no library but libc"
"$D/usr/bin/authmap" -c "$D/etc/authmap.conf" config >"$S/config"
is "$(grep -vc "# default$" "$S/config")" 0 \
	"the installed configuration shows the defaults"
is "$(sed -n 's/^#\([a-z_0-9]* =\) *\(.*\)/\1 \2/p' "$D/etc/authmap.conf")" \
	"$(sed 's/	# default$//' "$S/config")" "  all of them"

echo "window = 1h" >"$D/etc/authmap.conf"
install_to install
like "$(cat "$S/out")" "not overwriting" "a second time"
is "$(cat "$D/etc/authmap.conf")" "window = 1h" "  keeps the configuration"

cat >"$S/program.c" <<-EOF
	#include <authmap.h>
	int main(void)
	{
		struct authmap *am = authmap_new("$D/etc/authmap.conf", 0, 0, 0);
		int window = am != 0 ? (int)authmap_window(am) : 0;
		authmap_free(am);
		return window == 3600 ? 0 : 1;
	}
	EOF
# Built for one folder, installed to another.
make -s -j2 all prefix=/elsewhere O="$S/build" >/dev/null 2>&1
install_to install
is "$(grep ^prefix "$D/usr/lib/pkgconfig/authmap.pc")" "prefix=/usr" \
	"installed files have the paths of the installation, not of the build"
flags() {
	PKG_CONFIG_PATH=$D/usr/lib/pkgconfig \
		pkg-config --define-variable=libdir="$D/usr/lib" \
		--define-variable=includedir="$D/usr/include" "$@" authmap
}
# shellcheck disable=SC2046 # words are meant
cc -o "$S/shared" "$S/program.c" $(flags --cflags --libs) &&
	LD_LIBRARY_PATH=$D/usr/lib "$S/shared"
ok $? "a program with the shared library"
rm "$D/usr/lib/libauthmap.so"*
# shellcheck disable=SC2046 # words are meant
cc -o "$S/static" "$S/program.c" $(flags --static --cflags --libs) &&
	"$S/static"
ok $? "  and with the static one"
for archive in libauthmap.a libauthmap-uw.a; do
	is "$(nm -g --defined-only "$D/usr/lib/$archive" |
		awk 'NF == 3 && $3 !~ /^authmap_/')" "" \
		"  $archive has no other symbols"
done

make -s install DESTDIR="$D" prefix=/usr O="$S/build" sbindir=/opt/sbin \
	unitdir=/opt/units >/dev/null 2>&1
is "$(grep -h ^ExecStart "$D"/opt/units/*.service)" \
	"ExecStart=/opt/sbin/authmap-cluster -f
ExecStart=/opt/sbin/authmap-socketmapd -f
ExecStart=/opt/sbin/authmap-sweeper -f" "the units have the paths of the programs"
rm -r "$D/opt"

! install_to uninstall prefix=/usr/local
ok $? "make uninstall without an installation"
like "$(cat "$S/out")" "usr/local/bin/authmap: set prefix=" "  says what to set"
test -e "$D/usr/bin/authmap"
ok $? "  and removes nothing"
! install_to uninstall DOVECOT_CONFIG=
ok $? "  nor without dovecot-config, which names the folder of the plugin"
like "$(cat "$S/out")" "set moduledir=" "  says what to set"
test -e "$D/usr/bin/authmap"
ok $? "  and removes nothing"
echo "port 26" >"$D/usr/share/doc/authmap/notes"
install_to uninstall HIREDIS=
ok $? "make uninstall without hiredis"
is "$(find "$D" -type f | sort)" "$D/etc/authmap.conf
$D/usr/share/doc/authmap/notes" "  keeps the configuration, and the administrator's notes"

# lint-symbols compares the library with the list that Debian's package has.
symbols=$TOP/test-harness/tools/lint-symbols
"$symbols" "$O/libauthmap.so.1"
ok $? "the library has the symbols of debian/authmap.symbols"
# other SONAME LINE ...: what is reported of a library with these lines of C, and with
# all listed symbols but authmap_window.
other() {
	soname=$1
	shift
	{
		sed -n 's/^ \([a-z_]*\)@.*/void \1(void); void \1(void) { }/p' \
			"$TOP/debian/authmap.symbols" | grep -v ' authmap_window('
		printf '%s\n' "$@"
	} >"$S/other.c"
	cc -shared -fPIC -Wl,-soname,"$soname" -o "$S/other.so" "$S/other.c"
	"$symbols" "$S/other.so" 2>&1
	echo "exit $?"
}
is "$(other libauthmap.so.1 "int authmap_windows = 1;")" "-authmap_window
+authmap_windows
exit 1" "  one that lacks one, or has another, is reported"
is "$(other libauthmap.so.2 "int authmap_window = 1;")" "-libauthmap.so.1
+libauthmap.so.2
exit 1" "  and another SONAME"

# The plugin has functions of libbsd in it, whose licences want to be named.
for file in "$TOP/COPYING" "$TOP/debian/copyright"; do
	sed -n 's/^bsd_functions = //p' "$TOP/Makefile" | tr ' ' '\n' |
		while read -r function; do
			grep -qw "$function" "$file" || echo "$function"
		done >"$S/unnamed"
	is "$(cat "$S/unnamed")" "" "${file#"$TOP/"} names what is linked of libbsd"
done
is "$(sed -n '/^The Dovecot plugin/,$p' "$TOP/COPYING")" \
	"$(sed -n '/^Comment:/,/^$/p' "$TOP/debian/copyright" |
	sed '1d; s/^ \.$//; s/^ //')" "  each with the same words"

# What "make deb" prints of a package build that failed.
{
	echo "dpkg-buildpackage: info: source package authmap"
	printf '%s\n' "not ok 3 - the third" "# got:    1" "# wanted: 2"
	seq 100
} >"$S/build.log"
like "$("$TOP/test-harness/tools/failed" "$S/build.log")" "^# wanted: 2$" \
	"the log of a failed package build is reduced to the test's message"

# An administrator reads what the configuration has, on a terminal.
mkdir "$S/fake"
printf '#!/bin/sh\nprintf "x = unix:authmap/sock \\033[2J\\n"\n' >"$S/fake/postconf"
chmod 755 "$S/fake/postconf"
like "$(PATH=$S/fake:$PATH "$TOP/maps/tool/still-needed" mta 2>&1)" \
	"^Postfix: x = unix:authmap/sock [?].2J" \
	"still-needed prints no control characters"

# Sockets of the configuration that do not have authmap in their names.
cat >"$S/fake/authmap" <<'EOF'
#!/bin/sh
printf 'socket = inet:[::1]:279, /run/mx/s, /var/spool/postfix/mx/s\t# file:1\n'
EOF
chmod 755 "$S/fake/authmap"
asks_at() {		# asks_at SOCKET: what is found if Postfix asks there?
	printf '#!/bin/sh\necho "x = socketmap:%s:relay"\n' "$1" >"$S/fake/postconf"
	PATH=$S/fake:$PATH "$TOP/maps/tool/still-needed" mta 2>&1
}
for socket in "inet:[::1]:279" "inet:279@[::1]" unix:/run/mx/s unix:mx/s; do
	like "$(asks_at "$socket")" "^Postfix: x = socketmap:" \
		"still-needed finds an MTA that asks at $socket"
done
unlike "$(asks_at "inet:[::1]:2790")" "^Postfix" "  but not one that asks elsewhere"
rm "$S/fake/authmap"

# in_etc FILE LINE SHOWN: with LINE in a FILE of /etc, still-needed prints SHOWN, and
# prints nothing without it.
sed "s,/etc/,$S/etc/,g" "$TOP/maps/tool/still-needed" >"$S/still-needed"
printf '#!/bin/sh\n' | tee "$S/fake/postconf" >"$S/fake/smtpd"
chmod 755 "$S/fake/smtpd"
in_etc() {
	mkdir -p "$S/etc/${1%/*}"
	printf '%s\n' "$2" >"$S/etc/$1"
	PATH=$S/fake:$PATH sh "$S/still-needed" mta >"$S/out" 2>&1
	is "$?, $(head -n 1 "$S/out")" "1, $3: $2" "authmap is still needed by $1"
	printf '%s\n' "# $2" >"$S/etc/$1"
	PATH=$S/fake:$PATH sh "$S/still-needed" mta >"$S/out" 2>&1
	is "$?, $(cat "$S/out")" "0, " "  but not by a comment there"
}
mkdir "$S/etc"
echo "include \"$S/etc/smtpd/authmap.conf\"" >"$S/etc/smtpd.conf"
in_etc smtpd/authmap.conf "table popauth authmap:$S/etc/authmap.conf" OpenSMTPD
in_etc pam.d/imap "session optional pam_exec.so quiet /usr/bin/authmap record --pam" \
	"$S/etc/pam.d/imap"
in_etc courier/authmap "exec authmap prelogin -- x" "$S/etc/courier/authmap"
in_etc sv/smtp/run "exec tcpserver 0 smtp authmap relaylock -- qmail-smtpd" \
	"$S/etc/sv/smtp/run"
in_etc fail2ban/jail.d/authmap.conf "ignorecommand = /usr/bin/authmap lookup <ip>" \
	"$S/etc/fail2ban/jail.d/authmap.conf"

# needs FILE WHAT: what of authmap does Dovecot need with this configuration?
needs() {
	sed 's/authmap record/authmap -c other.conf record/' "$TOP/conf.d/imap/$1" \
		>"$S/fake/conf"
	printf '#!/bin/sh\ncat "%s"\n' "$S/fake/conf" >"$S/fake/doveconf"
	chmod 755 "$S/fake/doveconf"
	PATH=$S/fake:$PATH "$TOP/maps/tool/still-needed" "$2" >"$S/out" 2>&1
}
for series in 2.3 2.4; do
	needs dovecot-$series-authmap.conf plugin
	is $? 1 "Dovecot $series with the plugin needs it"
	needs dovecot-$series-postlogin.conf dovecot
	is $? 1 "  with the post-login script, it needs authmap"
	needs dovecot-$series-postlogin.conf plugin
	is "$?, $(cat "$S/out")" "0, " "  but not the plugin"
done
done_testing
