#!/bin/sh
# SPDX-License-Identifier: ISC
# The run script of qmail's POP3 service, under daemontools or runit, for
# instance /var/qmail/supervise/qmail-pop3d/run.  If you have your own script, add
# the two calls of authmap to it: "authmap prelogin" runs as root, before the
# password check; "authmap record --env" runs as the user, after the password check
# and before the POP3 server.
#
# prelogin takes the client's address from $TCPREMOTEIP.  record --env takes the
# user from $USER, which the password check has set.  The entry stays valid while the
# session lasts.  An error is logged to syslog, and the login continues.  If
# everything runs as one user in the group authmap, prelogin is not needed.
#
# prelogin derives the service from the port.  For another port, name the service:
# authmap prelogin --service pop3 -- ...
#
# With mailfront, CHECK is "pop3front-auth cvm-unix", and SERVE is
# "pop3front-maildir Maildir".

CHECK="/var/qmail/bin/qmail-popup mail.example.org /bin/checkpassword"
SERVE="/var/qmail/bin/qmail-pop3d Maildir"

exec 2>&1
# shellcheck disable=SC2086 # words are meant
exec tcpserver -v -R -l 0 0 110 \
	authmap prelogin -- $CHECK \
	authmap record --env -- $SERVE
