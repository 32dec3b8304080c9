/* SPDX-License-Identifier: ISC */
/* A limit on lines that repeat, so that they do not fill the log. */
#ifndef DAEMON_LOG_LIMIT_H
#define DAEMON_LOG_LIMIT_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/safefile.h"

#define LOG_LIMIT_LINES 16

/* The lines that were logged lately; all zero at first: none. */
struct log_limit {
	struct {
		char line[1024];
		deadline until;		/* 0: free */
	} lines[LOG_LIMIT_LINES];
};

/*
 * Return whether LINE was logged within an hour, as far as LIMIT remembers.  If
 * not, LIMIT remembers in place of the oldest line that it is logged now.
 */
bool log_limit_repeated(struct log_limit *limit, const char *line);

/* Return whether as many lines were logged within an hour as LIMIT remembers. */
bool log_limit_full(const struct log_limit *limit);

/* Forget all lines. */
void log_limit_reset(struct log_limit *limit);

#endif
