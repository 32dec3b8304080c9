#!/bin/sh
# SPDX-License-Identifier: ISC
# qmail's POP3 service: tcpserver runs the password check, which changes to the user
# and runs the POP3 server.  authmap runs before and after the check: each login is
# recorded, and a user cannot have anything else recorded.
. "$(dirname "$0")/../lib/tap.sh"
uses programs

cvm_unpack || skip_all "mailfront cannot be had"
begin "window = 30m"

# The recipe, with mailfront's programs and this scenario's files.
sed -e 's,^\(CHECK=\).*,\1"pop3front-auth cvm-unix",' \
	-e 's,^\(SERVE=\).*,\1"pop3front-maildir Maildir",' \
	-e "s,	authmap ,	$S/authmap -c $CONF ," \
	-e 's,^exec tcpserver ,&-H ,' \
	"$TOP/conf.d/imap/qmail-pop3-authmap.sh" >"$S/run.sh"
programs_start cvm /bin/sh "$S/run.sh"
within 10 beside "$CLIENT" up 127.0.0.1 110 || sed 's/^/# /' "$S/out"
story_passwords pop3 110
story_users pop3 110
story_session pop3 110
story_retry pop3 110
story_broken pop3 110

among sh -c 'mkdir -p /service/pop3 && cat >/service/pop3/run' \
	<"$TOP/conf.d/imap/qmail-pop3-authmap.sh"
unlike "$(among "$S/authmap" -c "$CONF" check)" "qmail" \
	"authmap check does not mistake its run script for an MTA's"
done_testing
