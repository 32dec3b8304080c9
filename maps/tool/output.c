/* SPDX-License-Identifier: ISC */
#include "tool/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/record.h"
#include "tool/json.h"
#include "tool/tool.h"

static char program_name[] = TOOL_NAME;
const struct log tool_stderr = { log_to_stderr, program_name };

int
tool_fail(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_vsay(&tool_stderr, LOG_ERR, format, ap);
	va_end(ap);
	return TOOL_TROUBLE;
}

void
tool_user(const struct authmap_entry *entry, char out[TOOL_USER_SIZE])
{
	record_vis_user(entry->user, out);
}

void
tool_date(time_t when, char out[32])
{
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL ||
	    strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		(void)strlcpy(out, "?", 32);
}

void
tool_duration(long long seconds, char out[32])
{
	if (seconds >= 86400)
		(void)snprintf(out, 32, "%lldd %lldh", seconds / 86400,
		    seconds % 86400 / 3600);
	else if (seconds >= 3600)
		(void)snprintf(out, 32, "%lldh %lldm", seconds / 3600,
		    seconds % 3600 / 60);
	else if (seconds >= 60)
		(void)snprintf(out, 32, "%lldm %llds", seconds / 60,
		    seconds % 60);
	else
		(void)snprintf(out, 32, "%llds", seconds);
}

void
tool_json_entry(const struct authmap_entry *entry, time_t now)
{
	(void)printf("{\"address\": ");
	json_string(stdout, entry->address);
	(void)printf(", \"user\": ");
	if (entry->user[0] == '\0')
		(void)printf("null");
	else
		json_string(stdout, entry->user);
	(void)printf(", \"service\": ");
	json_string(stdout, entry->service);
	(void)printf(", \"last\": %lld, \"expires\": %lld, \"left\": %lld}",
	    (long long)entry->last, (long long)entry->expires,
	    entry->expires == 0 ? 0LL : (long long)(entry->expires - now));
}

void
tool_fields(const struct authmap_entry *entry, time_t now)
{
	char user[TOOL_USER_SIZE];

	tool_user(entry, user);
	print(stdout, "%s\t%s\t%s\t%lld\t%lld\n", entry->address, user,
	    entry->service, (long long)entry->last,
	    entry->expires == 0 ? 0LL : (long long)(entry->expires - now));
}
