#!/bin/sh
# The run script of qmail's POP3 service, under daemontools or runit, for
# instance /var/qmail/supervise/qmail-pop3d/run.  What matters are the two lines
# with "authmap": prelogin stands before what asks for the password, while that
# is still root; record --env after it, before what shows the mailbox, which is
# the user by then.
#
# prelogin takes the client's address from $TCPREMOTEIP, and record --env the
# name from $USER, which the password check has set.  The entry is kept for as
# long as the session lasts.  Whatever goes wrong is told to syslog, and the
# login goes on.  Where everything runs as one user of group authmap, prelogin
# is not needed.
#
# The service is called by its port.  For others, say so to prelogin:
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
