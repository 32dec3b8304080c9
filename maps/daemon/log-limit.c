/* SPDX-License-Identifier: ISC */
#include "daemon/log-limit.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"

/* A line is logged again after this. */
#define REPEAT_MS (3600 * 1000)

bool
log_limit_repeated(struct log_limit *limit, const char *line)
{
	deadline now = deadline_in(0);
	size_t oldest = 0;

	for (size_t i = 0; i < LOG_LIMIT_LINES; i++) {
		if (now < limit->lines[i].until &&
		    strcmp(limit->lines[i].line, line) == 0)
			return true;
		if (limit->lines[i].until < limit->lines[oldest].until)
			oldest = i;
	}
	(void)strlcpy(limit->lines[oldest].line, line,
	    sizeof limit->lines[oldest].line);
	limit->lines[oldest].until = now + REPEAT_MS;
	return false;
}

bool
log_limit_full(const struct log_limit *limit)
{
	deadline now = deadline_in(0);

	for (size_t i = 0; i < LOG_LIMIT_LINES; i++)
		if (limit->lines[i].until <= now)
			return false;
	return true;
}

void
log_limit_reset(struct log_limit *limit)
{
	for (size_t i = 0; i < LOG_LIMIT_LINES; i++)
		limit->lines[i].until = 0;
}
