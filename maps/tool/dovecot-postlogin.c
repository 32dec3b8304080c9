/* SPDX-License-Identifier: ISC */
#include "tool/dovecot-postlogin.h"

#include <stdio.h>
#include <string.h>

#include "tool/doveconf.h"

/* Write to PROGRAM the program of SERVICE, from an executable such as "script-login
 * /usr/bin/authmap record --postlogin ...". */
static bool
program_find(const char *service, char program[PATH_MAX])
{
	char name[96], value[PATH_MAX], *rest = value, *word;

	(void)snprintf(name, sizeof name, "service/%s/executable", service);
	if (!doveconf_value(name, value, sizeof value) ||
	    strstr(value, " record --postlogin") == NULL)
		return false;
	(void)strsep(&rest, " ");
	while ((word = strsep(&rest, " ")) != NULL && word[0] != '/')
		;
	if (word != NULL)
		(void)strlcpy(program, word, PATH_MAX);
	return word != NULL;
}

/*
 * service/imap/executable has the server and the service of its post-login script.
 */
bool
postlogin_find(const char *protocol, struct postlogin *postlogin)
{
	char name[64], value[PATH_MAX], *rest = value, *word;

	(void)snprintf(name, sizeof name, "service/%s/executable", protocol);
	if (!doveconf_value(name, value, sizeof value))
		return false;
	(void)strsep(&rest, " ");
	while ((word = strsep(&rest, " ")) != NULL)
		if (word[0] != '\0' && program_find(word, postlogin->program)) {
			(void)strlcpy(postlogin->service, word,
			    sizeof postlogin->service);
			return true;
		}
	return false;
}

/* Return whether Dovecot uses a process of PROTOCOL for more than one session. */
static bool
is_reused(const char *protocol)
{
	/* As 2.3 and 2.4 call it. */
	static const char *const settings[] = { "service_count",
	    "restart_request_count" };
	char name[96], value[32];

	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		(void)snprintf(name, sizeof name, "service/%s/%s", protocol,
		    settings[i]);
		if (doveconf_value(name, value, sizeof value))
			return strcmp(value, "1") != 0;
	}
	return false;
}

bool
postlogin_is_closed(const char *protocol, const struct postlogin *postlogin)
{
	char name[192], value[64];

	if (!is_reused(protocol))
		return false;
	(void)snprintf(name, sizeof name, "service/%s/unix_listener/%s/user",
	    postlogin->service, postlogin->service);
	if (doveconf_value(name, value, sizeof value) &&
	    strcmp(value, "root") != 0)
		return false;
	(void)snprintf(name, sizeof name, "service/%s/unix_listener/%s/mode",
	    postlogin->service, postlogin->service);
	/* Dovecot 2.4 does not print the default. */
	return !doveconf_value(name, value, sizeof value) ||
	    strcmp(value, "0600") == 0;
}
