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

/* Return whether Dovecot runs "authmap record --postlogin" after a login over
 * PROTOCOL, and fill POSTLOGIN. */
bool postlogin_find(const char *protocol, struct postlogin *postlogin);

/*
 * Say whether a process of PROTOCOL serves one session after another, but only root
 * may connect to the socket of POSTLOGIN: then logins fail, since the process has
 * become a user by its first session.
 */
bool postlogin_is_closed(const char *protocol, const struct postlogin *postlogin);

#endif
