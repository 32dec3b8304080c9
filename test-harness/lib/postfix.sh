# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Debian's Postfix in a root folder of its own.

uses mta

POSTFIX_SPOOL=$S/p/spool

# postfix_start [FILE ...]: start Postfix with the text of these files in main.cf.
postfix_start() {
	"$TOP/test-harness/programs/unpack" postfix postfix postfix-cdb || return 1
	SMTP=2525 POSTSCREEN=2526
	mkdir -p "$S/p/etc" "$S/p/data" "$POSTFIX_SPOOL/pid"
	for queue in active bounce corrupt defer deferred flush hold incoming \
		maildrop private public saved trace; do
		mkdir -p "$POSTFIX_SPOOL/$queue"
		chown daemon "$POSTFIX_SPOOL/$queue"
	done
	chown daemon "$S/p/data"
	chmod 700 "$POSTFIX_SPOOL/private"
	sed "s,@S@,$S,g" "$TOP/test-harness/servers/postfix.cf" |
		cat - "$@" >"$S/p/etc/main.cf"
	sed -e "s,@SMTP@,$SMTP," -e "s,@POSTSCREEN@,$POSTSCREEN," \
		"$TOP/test-harness/servers/postfix-master.cf" \
		>"$S/p/etc/master.cf"
	# master ends its whole process group when it ends.
	setsid "$TOP/test-harness/programs/inside" postfix "$S" \
		/usr/lib/postfix/sbin/master -c "$S/p/etc" >"$S/p/out" 2>&1 &
	mta=$!
	started $mta
	within 10 smtp_client up 127.0.0.1 "$SMTP" ||
		sed 's/^/# /' "$S/p/out" "$S/p/log"
}

# postmap ARGUMENT ...: run Postfix's postmap in its root folder, but not in its
# network.
postmap() {
	nsenter -t "$mta" -m -r -w postmap -c "$S/p/etc" "$@"
}
