#!/bin/sh
# SPDX-License-Identifier: ISC
# qmail's way to serve POP3: tcpserver runs what asks for the password, which
# becomes the user and what shows the mailbox.  authmap stands before and after:
# each login is recorded, and the user cannot have anything else recorded.
. "$(dirname "$0")/../lib/tap.sh"
uses programs

cvm_unpack || skip_all "mailfront cannot be had"
begin "window = 4s"

# The recipe, with mailfront's programs and this scenario's files.
sed -e 's,^\(CHECK=\).*,\1"pop3front-auth cvm-unix",' \
	-e 's,^\(SERVE=\).*,\1"pop3front-maildir Maildir",' \
	-e "s,	authmap ,	$S/authmap -c $CONF ," \
	-e 's,^exec tcpserver ,&-H ,' \
	"$TOP/conf.d/imap/qmail-pop3-authmap.sh" >"$S/run.sh"
programs_start cvm /bin/sh "$S/run.sh"
within 10 beside "$CLIENT" up 127.0.0.1 110 || sed 's/^/# /' "$S/out"
story_passwords pop3 110
story_session pop3 110
story_retry pop3 110
story_broken pop3 110

among sh -c 'mkdir -p /service/pop3 && cat >/service/pop3/run' \
	<"$TOP/conf.d/imap/qmail-pop3-authmap.sh"
unlike "$(among "$S/authmap" -c "$CONF" check)" "qmail" \
	"authmap check does not take its run script for an MTA's"
done_testing
