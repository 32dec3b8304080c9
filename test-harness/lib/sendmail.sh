# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Debian's sendmail with conf.d/mta/sendmail-authmap.mc.

uses mta

# sendmail_start: start sendmail as $mta on port $SMTP.  Its lines in syslog are in
# $S/sendmail/log.
sendmail_start() {
	"$TOP/test-harness/programs/unpack" sendmail sendmail-bin sendmail-cf ||
		return 1
	SMTP=25
	mkdir -p "$S/sendmail"
	cp "$TOP/conf.d/mta/sendmail-authmap.mc" "$S/sendmail/authmap.mc"
	sed "s,@S@,$S,g" "$TOP/test-harness/servers/sendmail.mc" \
		>"$S/sendmail/sendmail.mc"
	syslog_start "$S/sendmail/log" "$S/sendmail/syslog"
	"$TOP/test-harness/programs/inside" sendmail "$S" unshare --uts \
		"$TOP/test-harness/servers/sendmail" "$S" >"$S/sendmail/out" 2>&1 &
	mta=$!
	started $mta
	within 10 smtp_client up 127.0.0.1 "$SMTP" ||
		sed 's/^/# /' "$S/sendmail/out" "$S/sendmail/log"
}
