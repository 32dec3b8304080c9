#!/bin/sh
# SPDX-License-Identifier: ISC
# The run script of qmail's SMTP service, under daemontools or runit, for
# instance /var/qmail/supervise/qmail-smtpd/run.  If you have your own script, add
# "authmap relaylock" to it before qmail-smtpd.  It sets RELAYCLIENT if $TCPREMOTEIP
# may relay, and keeps a RELAYCLIENT that tcpserver's rules (-x) have set.
#
# tcpserver runs all this as qmaild, which may not read the map.  So relaylock asks
# the responder, authmap-socketmapd.  If the responder is down, or the map is missing
# or damaged, relaylock does not set RELAYCLIENT and logs the reason.  Then clients
# that want to relay are refused permanently (553; mailfront 550).  Mail for your own
# domains is accepted.  If the responder hangs, each connection is delayed by two
# seconds.
#
# relaylock also sets AUTHMAP_USER, the user who logged in.  This script logs it
# after tcpserver's line for the connection.
#
# For IPv6, use tcpserver of ucspi-tcp-ipv6.  With mailfront, set QMAIL_SMTPD to
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
