# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# UW's servers, patched and built from Debian's source, in a root folder with
# accounts and a network of their own.

uses servers

# Does nothing when they are there and nothing of ours has changed.
uw_build() {
	MAKEFLAGS="" make -s "$O/uw/imapd" O="$O" >"$S/uw.make" 2>&1
}

# uw_start [inetd|xinetd]: $uw is a process in there.  The ports are the usual
# ones; at 1143, imapd takes both IPv4 and IPv6.  Users joe, amy and admin, who
# may act as others, have the password "pw".  What is told to syslog is in
# $S/uw/log.  With a super-server, there is what its file in conf.d says.
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
	"$TOP/test-harness/programs/syslogd" "$S/uw/syslog" >>"$S/uw/log" &
	started $!
	within 10 test -S "$S/uw/syslog"
	"$TOP/test-harness/programs/inside" "uw-$listener" "$S" \
		"$TOP/test-harness/servers/uw" "$S" "$O/uw" ${1:+"$1"} \
		>"$S/uw/out" 2>&1 &
	uw=$!
	started $uw
	within 20 uw_client up ::1 110 || sed 's/^/# /' "$S/uw/out"
	cp "$CONF" "/proc/$uw/root/etc/authmap.conf"
}

# A client of theirs.
uw_client() {
	nsenter -t "$uw" -n "$CLIENT" "$@"
}

# One line for each entry of the map: ADDRESS USER SERVICE.
entries() {
	authmap list | cut -f 1-3 | tr '\t' ' '
}
