/* SPDX-License-Identifier: ISC */
#include "tool/doveconf.h"

#include <stdio.h>
#include <string.h>

#include "tool/doveconf-setting.h"

bool
doveconf(const char *protocol, const char *name, struct command_result *result)
{
	char filter[32];

	if (protocol == NULL)
		return command_ask((const char *const[]){ "doveconf", name,
		    NULL }, result);
	(void)snprintf(filter, sizeof filter, "protocol=%s", protocol);
	return command_ask((const char *const[]){ "doveconf", "-f", filter,
	    name, NULL }, result);
}

/* Return the last part of NAME.  Dovecot 2.3 prints "service/imap/group = ...", and
 * Dovecot 2.4 a block with "group = ...". */
static const char *
last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash != NULL ? slash + 1 : name;
}

bool
doveconf_has(const char *protocol, const char *name, const char *word)
{
	struct command_result result;
	bool found = doveconf(protocol, name, &result) &&
	    (setting_has(result.out, name, word) ||
	    setting_has(result.out, last_part(name), word));

	command_free(&result);
	return found;
}

bool
doveconf_value(const char *name, char *out, size_t size)
{
	struct command_result result;
	bool found = doveconf(NULL, name, &result) &&
	    (setting_value(result.out, name, out, size) ||
	    setting_value(result.out, last_part(name), out, size));

	command_free(&result);
	return found;
}
