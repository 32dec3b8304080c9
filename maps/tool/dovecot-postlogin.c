/* SPDX-License-Identifier: ISC */
#include "tool/dovecot-postlogin.h"

#include <stdio.h>
#include <string.h>

#include "tool/doveconf.h"

/* "script-login /usr/bin/authmap record --postlogin ..." */
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

/* service/imap/executable is the server, and the service to go through first. */
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
