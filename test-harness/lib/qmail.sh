# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# A front end like qmail's, under tcpserver and "authmap relaylock": that of
# mailfront, which only prints what it would do.

uses mta

# qmail_start NAME: start it in the root folder that "unpack" has unpacked as NAME.
qmail_start() {
	SMTP=2525
	mkdir -p "$S/q"
	# qmaild may be unable to read the build folder.
	cp "$O/authmap" "$S/q/"
	# The recipe, with another port and this scenario's files.
	sed -e "s, 0 25 , 0 $SMTP ," -e "s,authmap relaylock,$S/q/authmap -c $CONF relaylock," \
		-e 's,^\(QMAIL_SMTPD=\).*,\1"smtpfront-echo relayclient qmail-validate accept-sender",' \
		-e 's,^exec tcpserver ,&-H ,' \
		"$TOP/conf.d/mta/qmail-authmap.sh" >"$S/q/run"
	cat >"$S/q/start" <<-EOF2
		#!/bin/sh
		echo qmaild:x:964:964::/:/bin/false >>/etc/passwd
		mkdir -p /var/lib/qmail/control
		echo example.org >/var/lib/qmail/control/rcpthosts
		exec /bin/sh $S/q/run
	EOF2
	"$TOP/test-harness/programs/inside" "$1" "$S" /bin/sh "$S/q/start" \
		>"$S/q/log" 2>&1 &
	mta=$!
	started $mta
	within 10 smtp_client up 127.0.0.1 "$SMTP" || sed 's/^/# /' "$S/q/log"
}
