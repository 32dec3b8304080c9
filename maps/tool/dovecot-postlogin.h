/* SPDX-License-Identifier: ISC */
/* Dovecot without the plugin: authmap as a post-login script. */
#ifndef TOOL_DOVECOT_POSTLOGIN_H
#define TOOL_DOVECOT_POSTLOGIN_H

#include <stdbool.h>
#include <limits.h>

struct postlogin {
	char service[64];		/* such as imap-postlogin */
	char program[PATH_MAX];		/* its authmap */
};

/*
 * Say whether Dovecot runs "authmap record --postlogin" after a login over PROTOCOL,
 * and fill POSTLOGIN.
 */
bool postlogin_find(const char *protocol, struct postlogin *postlogin);

#endif
