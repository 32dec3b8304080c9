#!/bin/sh
# The run script of qmail's SMTP service, under daemontools or runit, for
# instance /var/qmail/supervise/qmail-smtpd/run.  What matters is the line with
# "authmap relaylock", which stands before qmail-smtpd in whatever you have:
# it sets RELAYCLIENT if $TCPREMOTEIP may relay, and leaves alone what
# tcpserver's rules (-x) have set.
#
# tcpserver runs it all as qmaild, which may not read the map and need not:
# relaylock then asks the responder, authmap-socketmapd.  No responder, or a
# damaged or missing map: RELAYCLIENT is not set, the log says why, and who would
# relay by it is refused for good (553; mailfront 550); mail for your own domains
# is taken.  A responder that hangs delays each connection by two seconds.
#
# relaylock also sets AUTHMAP_USER: whose login it was goes into the log, right
# after tcpserver's own line for the connection.
#
# IPv6 is in tcpserver of ucspi-tcp-ipv6.  With mailfront, QMAIL_SMTPD is
# smtpfront-qmail.

QMAIL_SMTPD=/var/qmail/bin/qmail-smtpd
export QMAIL_SMTPD

exec 2>&1
# shellcheck disable=SC2016 # the inner shell fills them in
exec tcpserver -v -R -l 0 -u "$(id -u qmaild)" -g "$(id -g qmaild)" 0 25 \
	authmap relaylock -- sh -c '
		if [ -n "$AUTHMAP_USER" ]; then
			printf "authmap: %s may relay from %s\n" "$AUTHMAP_USER" "$TCPREMOTEIP" >&2
		fi
		exec $QMAIL_SMTPD
	'
