#!/bin/sh
# Courier's IMAP and POP3 servers record who logs in.  Copy this to
# /etc/courier/authmap, "chmod 755" it, name it after each server's port, and
# restart the servers:
#
#	/etc/courier/imapd:	PORT="143 /etc/courier/authmap"
#	/etc/courier/imapd-ssl:	SSLPORT="993 /etc/courier/authmap"
#	/etc/courier/pop3d:	PORT="110 /etc/courier/authmap"
#	/etc/courier/pop3d-ssl:	SSLPORT="995 /etc/courier/authmap"
#
# What stands after the port is run for each connection, as root, with the
# program that checks the password, the server, and the mailbox.  The former
# wants to run just one program and so runs this again, as the user.
#
# The entry is kept for as long as the session lasts.  Whatever goes wrong is
# told to syslog, and the login goes on.

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
	# First couriertls and its options, then the three.
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
