/* SPDX-License-Identifier: ISC */
/* Rate limit for log lines that repeat, so that they do not fill the log. */
#ifndef DAEMON_LOG_LIMIT_H
#define DAEMON_LOG_LIMIT_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/safefile.h"

#define LOG_LIMIT_LINES 16

/* The lines of the last hour.  All zero means none. */
struct log_limit {
	struct {
		char line[1024];
		deadline until;		/* 0: free */
	} lines[LOG_LIMIT_LINES];
};

/*
 * Return whether LINE is among the last LOG_LIMIT_LINES lines and was logged less
 * than an hour ago.  If not, note it in LIMIT in place of the oldest line.
 */
bool log_limit_repeated(struct log_limit *limit, const char *line);

/* Return whether LOG_LIMIT_LINES different lines were logged in the last hour. */
bool log_limit_full(const struct log_limit *limit);

/* Forget all lines. */
void log_limit_reset(struct log_limit *limit);

#endif
