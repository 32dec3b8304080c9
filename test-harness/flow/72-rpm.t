#!/bin/sh
# SPDX-License-Identifier: ISC
# Debian's rpmbuild makes the RPM packages from the tarball of "make dist".  rpmlint
# reports nothing, they have the files of the Debian packages, and they are
# installed and removed.
. "$(dirname "$0")/../lib/tap.sh"

version=$("$O/authmap" --version | cut -d ' ' -f 2)
unset MAKEFLAGS MAKEOVERRIDES
logged() {			# logged COMMAND ...: print its output if it fails
	"$@" >"$S/out" 2>&1 && return
	tail -n 20 "$S/out" | sed 's/^/# /'
	return 1
}

# The tree may be read-only.
logged git clone -q "$TOP" "$S/tree" || skip_all "git cannot clone this tree"
cd "$S/tree" || exit 1
logged make -s dist
ok $? "make dist"
# The required packages of Fedora are installed as Debian's.
logged rpmbuild -ta --nodeps --nocheck --define "_topdir $S/rpm" \
	--load "$TOP/test-harness/servers/rpm-macros" "authmap-$version.tar.gz"
ok $? "rpmbuild -ta, from its tarball"
cd "$TOP" || exit 1
# Newer versions of rpm also make this one, of whatever name.
rm -f "$S"/rpm/RPMS/*/*-debug*.rpm
is "$(cd "$S/rpm" && find . -name '*.rpm' | sed 's,.*/,,; s/\.[^.]*\.rpm//' | sort)" \
	"authmap-$version-1
authmap-$version-1
authmap-cluster-$version-1
authmap-devel-$version-1
dovecot-authmap-$version-1" "  makes the packages of this version, and their source"
is "$(rpmlint -c test-harness/servers/rpmlint.toml "$S"/rpm/RPMS/*/*.rpm \
	"$S"/rpm/SRPMS/*.rpm 2>&1 | grep -E ': [EWI]: |Traceback|rror:')" "" \
	"rpmlint reports nothing"
is "$(rpm -qp --requires "$S"/rpm/RPMS/*/dovecot-authmap-*.rpm | grep '^dovecot')" \
	"dovecot = 1:$(dovecot --version | sed 's/[- ].*//')" \
	"the plugin requires the Dovecot that it was built for"
is "$(rpm -qp --provides "$S"/rpm/RPMS/*/*.rpm | grep '\.so')" \
	"libauthmap.so.1()(64bit)" "  and provides no library"
sed -n 's/^    //; /^module authmap/,/^END$/p' conf.d/rpm/README.SELinux |
	sed '$d' >"$S/authmap.te"
logged checkmodule -M -m -o "$S/authmap.mod" "$S/authmap.te"
ok $? "README.SELinux's module can be compiled"

# ----- the files -----------------------------------------------------------
DEB_BUILD_OPTIONS=nocheck logged make -s deb O="$S/build"
ok $? "make deb"
triplet=$(dpkg-architecture -q DEB_HOST_MULTIARCH)
# same_files DEB RPM: whatever the folders are called that each system has.
same_files() {
	dpkg-deb --fsys-tarfile "$S"/build/deb/"$1"_*.deb | tar -t |
		sed -E '/\/$/d; s,^\./,/,; s,^/lib/,/usr/lib/,; s/\.gz$//
			s,/usr/lib/'"$triplet"'/,LIB/,
			\,/doc/[a-z-]*/(copyright|changelog(\.Debian)?)$,d
			\,^/usr/share/lintian/,d' | sort >"$S/deb.files"
	rpm -qp --qf '[%{FILEMODES:perms} %{FILENAMES}\n]' \
		"$S"/rpm/RPMS/*/"$2-$version"-*.rpm |
		sed -E '/^d/d; s/^[^ ]* //; s/\.gz$//; s,/usr/lib64/,LIB/,
			\,/\.build-id/,d; \,^/usr/share/licenses/,d
			\,/README\.SELinux$,d' | sort >"$S/rpm.files"
	is "$(cat "$S/rpm.files")" "$(cat "$S/deb.files")" \
		"$2 has the files of Debian's $1"
}
same_files authmap authmap
same_files dovecot-authmap dovecot-authmap
same_files authmap-cluster authmap-cluster
same_files libauthmap-dev authmap-devel

# ----- installed, in a root folder laid over this system -------------------
R=$S/root
mkdir "$R" "$S/layer"
mount -t tmpfs -o mode=755 tmpfs "$S/layer"
mkdir "$S/layer/upper" "$S/layer/work"
mount -t overlay -o "lowerdir=/,upperdir=$S/layer/upper,workdir=$S/layer/work" \
	overlay "$R"
mount -t proc proc "$R/proc"
mkdir -p "$R/dev" "$R/packages"
[ -c "$R/dev/null" ] || mknod -m 666 "$R/dev/null" c 1 3
cp "$S"/rpm/RPMS/*/*.rpm "$R/packages"
postlogin=$R/etc/dovecot/conf.d/99-postlogin.conf
in_root() {			# in_root COMMAND-LINE
	logged chroot "$R" sh -c "$1"
}
# What the packages' database, systemd-sysusers and the switches of the units write
# is not theirs.
files() {
	find "$S/layer/upper" -newer "$S/before" ! -type d | sed "s,^$S/layer/upper,," |
		grep -vE '^/(packages|dev|root/\.rpmdb|var/lib/rpm|etc/(passwd|group|g?shadow|\.pwd\.lock|subuid|subgid)-?|etc/systemd/system/)'
}

touch "$S/before"
in_root 'rpm -i --nodeps /packages/*.rpm'
ok $? "rpm -i"
is "$(chroot "$R" getent passwd authmap | cut -d : -f 1,5- |
	sed 's,:/sbin/,:/usr/sbin/,')" \
	"authmap:authmap, who may relay:/nonexistent:/usr/sbin/nologin" \
	"  makes the system user"
is "$(chroot "$R" stat -c '%n %U:%G %a' /run/authmap /run/authmap-socketmapd \
	/var/lib/authmap)" "/run/authmap authmap:authmap 2770
/run/authmap-socketmapd authmap:authmap 755
/var/lib/authmap authmap:authmap 2750" "  and the folders"
is "$(chroot "$R" systemctl is-enabled authmap-sweeper.service \
	authmap-socketmapd.socket authmap-socketmapd.service | sort | uniq -c |
	tr -s ' ')" " 3 enabled" "  asks systemd's presets about the units"
in_root 'rpm -V --nodeps authmap dovecot-authmap authmap-cluster authmap-devel'
ok $? "  each file is as packed"
in_root 'authmap --version && authmap config'
ok $? "  authmap runs"

echo "window = 1h" >"$R/etc/authmap.conf"
in_root 'rpm -U --force --nodeps /packages/*.rpm'
ok $? "upgraded"
is "$(cat "$R/etc/authmap.conf")" "window = 1h" "  an edited configuration is as it was"

mkdir -p "$R/etc/dovecot/conf.d"
echo 'service imap-postlogin {
  executable = script-login /usr/bin/authmap record --postlogin
}' >"$postlogin"
! chroot "$R" rpm -e authmap-devel authmap-cluster dovecot-authmap authmap >"$S/out" 2>&1
ok $? "rpm -e, while Dovecot runs authmap for each login"
like "$(cat "$S/out")" "^Dovecot: executable = .*record --postlogin" "  names the line"
chroot "$R" rpm -q authmap >"$S/out"
ok $? "  and removes nothing that it needs"
rm "$postlogin"
# The script does not need the plugin's package.
in_root 'rpm -q dovecot-authmap || rpm -i --nodeps /packages/dovecot-authmap-*.rpm'
sed -i 's/^#!include_try/!include_try/' "$R/etc/dovecot/conf.d/95-authmap.conf"
echo 'mail_plugins = authmap' >"$R/etc/dovecot/conf.d/99-plugin.conf"
! chroot "$R" rpm -e dovecot-authmap >"$S/out" 2>&1
ok $? "rpm -e, while Dovecot loads the plugin"
like "$(cat "$S/out")" "^Dovecot: mail_plugins = .*authmap" "  names the line"
rm "$R/etc/dovecot/conf.d/99-plugin.conf"
in_root 'rpm -qa "*authmap*" | xargs rpm -e'
ok $? "rpm -e"
is "$(files | sort)" "/etc/authmap.conf.rpmsave
/etc/dovecot/conf.d/95-authmap.conf.rpmsave" \
	"  leaves only the files that the administrator has edited"
done_testing
