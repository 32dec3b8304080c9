#!/bin/sh
# SPDX-License-Identifier: ISC
# For Courier's IMAP and POP3 servers: record each login.  Copy this to
# /etc/courier/authmap, "chmod 755" it, write its path behind each server's port,
# and restart the servers:
#
#	/etc/courier/imapd:	PORT="143 /etc/courier/authmap"
#	/etc/courier/imapd-ssl:	SSLPORT="993 /etc/courier/authmap"
#	/etc/courier/pop3d:	PORT="110 /etc/courier/authmap"
#	/etc/courier/pop3d-ssl:	SSLPORT="995 /etc/courier/authmap"
#
# Courier runs the program behind the port for each connection, as root.  Its
# arguments are the program that checks the password, the server, and the mailbox.
# This script names itself as the server.  So the password check runs it again, as
# the user, and it then runs the server.
#
# The session keeps the entry valid while it lasts.  An error is logged to syslog,
# and the login continues.

case $# in
1)
	exec authmap record --env -- "$COURIER_SERVER" "$1"
	;;
3)
	COURIER_SERVER=$2
	export COURIER_SERVER
	exec authmap prelogin -- "$1" "$0" "$3"
	;;
*)
	# With TLS: couriertls and its options come before the three arguments.
	words=$#
	left=$#
	for word; do
		[ $left != 3 ] || set -- "$@" "$0"
		set -- "$@" "$word"
		left=$((left - 1))
	done
	shift $words
	exec "$@"
	;;
esac
