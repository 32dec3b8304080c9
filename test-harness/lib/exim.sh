# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Debian's Exim with Debian's configuration and conf.d/mta/exim-authmap.conf.

uses mta

# exim_stock_start: start Exim as $mta on port $SMTP.  A user may send to $LIMIT
# recipients an hour.  The log is $S/exim/log/mainlog.
exim_stock_start() {
	"$TOP/test-harness/programs/unpack" exim exim4-daemon-light exim4-config \
		exim4-base || return 1
	SMTP=25
	mkdir -p "$S/exim/log"
	chmod 777 "$S/exim/log"
	sed -e "s,/run/authmap-socketmapd/sock,$SOCKET," \
		-e '/^#defer/,/^$/s/^#//' -e "s,= 100 /,= $LIMIT /," \
		"$TOP/conf.d/mta/exim-authmap.conf" >"$S/exim/authmap.conf"
	"$TOP/test-harness/programs/inside" exim "$S" \
		"$TOP/test-harness/servers/exim" "$S" >"$S/exim/out" 2>&1 &
	mta=$!
	started $mta
	within 10 smtp_client up 127.0.0.1 "$SMTP" ||
		sed 's/^/# /' "$S/exim/out" "$S/exim/log/mainlog"
}
