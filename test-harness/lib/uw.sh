# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# UW's servers, patched and built from Debian's source, in a root folder with
# accounts and a network namespace.

uses servers

# uw_build: build the servers, unless they are built and authmap has not changed.
uw_build() {
	MAKEFLAGS="" make -s "$O/uw/imapd" O="$O" >"$S/uw.make" 2>&1
}

# uw_start [inetd|xinetd]: start the servers; $uw is a process in their namespaces.
# The ports are the usual ones, and imapd accepts both IPv4 and IPv6 on 1143.  Users
# joe, amy and admin have the password "pw"; admin may log in as another user.
# Lines in syslog are in $S/uw/log.  inetd or xinetd uses its file in conf.d.
uw_start() {
	uw_build || return 1
	case ${1:-socat} in
	inetd) listener=openbsd-inetd ;;
	*) listener=${1:-socat} ;;
	esac
	"$TOP/test-harness/programs/unpack" "uw-$listener" "$listener" || return 1
	mkdir -p "$S/uw"
	[ "$listener" = socat ] || sed "s,/usr/local/sbin,$O/uw," \
		"$TOP/conf.d/imap/uw-imapd.$1" >"$S/uw/$1"
	syslog_start "$S/uw/log" "$S/uw/syslog"
	"$TOP/test-harness/programs/inside" "uw-$listener" "$S" \
		"$TOP/test-harness/servers/uw" "$S" "$O/uw" ${1:+"$1"} \
		>"$S/uw/out" 2>&1 &
	uw=$!
	started $uw
	within 20 uw_client up ::1 110 || sed 's/^/# /' "$S/uw/out"
	cp "$CONF" "/proc/$uw/root/etc/authmap.conf"
}

# uw_client ARGUMENT ...: run the client in the servers' network namespace.
uw_client() {
	nsenter -t "$uw" -n "$CLIENT" "$@"
}
