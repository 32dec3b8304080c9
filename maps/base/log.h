/* SPDX-License-Identifier: ISC */
/* One line to wherever the program or its host wants it. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>

#include "authmap.h"
#include "base/encode.h"

struct log {
	authmap_log_fn *line;	/* NULL: nowhere */
	void *arg;
};

/* The longest line, with its NUL. */
#define LOG_LINE_SIZE 1024

/*
 * Format one line and hand it over, encoded as a whole, see encode.h, so that no
 * argument can end the line or reach a terminal raw.  A line that is too long is
 * cut, and ends in ENCODE_CUT.
 */
void log_say(const struct log *log, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, with the arguments AP. */
void log_vsay(const struct log *log, int priority, const char *format,
    va_list ap) __attribute__((format(printf, 3, 0)));

/*
 * Ready-made sinks for the lines that log_say() has encoded; ARG is the
 * program's name.  The library itself never picks one.  stderr leaves LOG_DEBUG
 * and LOG_INFO out.
 */
authmap_log_fn log_to_stderr;
authmap_log_fn log_to_syslog;

#endif
