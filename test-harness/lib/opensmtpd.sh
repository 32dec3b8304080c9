# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# OpenSMTPD with table-authmap.

uses mta

# opensmtpd_start NAME MEMBER: start the OpenSMTPD that "unpack" has unpacked as
# NAME, in that root folder (see "inside").  The user MEMBER is in the map's group.
# The table has the scenario's clock.
opensmtpd_start() {
	SMTP=2525
	mkdir -p "$S/o"
	sed "s,/etc/authmap.conf,$CONF," \
		"$TOP/conf.d/mta/opensmtpd-authmap.conf" >"$S/o/authmap.conf"
	sed -e "s,@S@,$S,g" -e "s,@SMTP@,$SMTP,g" \
		"$TOP/test-harness/servers/smtpd.conf" >"$S/o/smtpd.conf"
	# Of this system, only the scratch folder is in the root folder.
	faketime=$(echo "$CACHE/unpacked/$1/usr/lib/"*/faketime/libfaketime.so.1)
	cp "$faketime" "$S/o/"
	sed "s,^LD_PRELOAD=.*,LD_PRELOAD=$S/o/${faketime##*/}," "$CLOCKED" \
		>"$S/o/clocked"
	touch "$CLOCK_FILE.pids"
	chmod 666 "$CLOCK_FILE.pids"
	# OpenSMTPD's user may be unable to read the build folder.
	cp "$O/table-authmap" "$S/o/"
	cat >"$S/o/table" <<-EOF2
		#!/bin/sh
		exec $S/o/clocked $S/o/table-authmap "\$@"
	EOF2
	cat >"$S/o/start" <<-EOF2
		#!/bin/sh
		cat >>/etc/passwd <<-END
			root:x:0:0::/:/bin/sh
			opensmtpd:x:961:961::/var/lib/opensmtpd/empty:/bin/false
			opensmtpq:x:962:962::/var/lib/opensmtpd/empty:/bin/false
			joe:x:963:963::/:/bin/sh
		END
		cat >>/etc/group <<-END
			root:x:0:
			opensmtpd:x:961:
			opensmtpq:x:962:
			joe:x:963:
			$MAP_GROUP:x:$(getent group "$MAP_GROUP" | cut -d: -f3):$2
		END
		mkdir -p /etc/ssl/certs /var/spool/smtpd
		chmod 711 /var/spool/smtpd
		: >>/etc/ssl/certs/ca-certificates.crt
		cp $S/o/table /usr/libexec/opensmtpd/table-authmap
		exec /usr/sbin/smtpd -d -f $S/o/smtpd.conf
	EOF2
	chmod 755 "$S/o/clocked" "$S/o/table"
	"$TOP/test-harness/programs/inside" "$1" "$S" /bin/sh "$S/o/start" \
		>"$S/o/log" 2>&1 &
	mta=$!
	started $mta
	within 10 smtp_client up 127.0.0.1 "$SMTP" || sed 's/^/# /' "$S/o/log"
	table=$(pgrep -x table-authmap -P "$(pgrep -d, -P "$mta")")
}
