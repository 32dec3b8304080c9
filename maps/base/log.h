/* SPDX-License-Identifier: ISC */
/* Logging, to where the program or the host of the library wants it. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>

#include "authmap.h"
#include "base/encode.h"

struct log {
	authmap_log_fn *line;	/* NULL: do not log */
	void *arg;
};

/* The largest size of a line with its NUL. */
#define LOG_LINE_SIZE 1024

/*
 * Format one line, encode it (see encode.h), and log it.  So no argument can end the
 * line or send control bytes to a terminal.  A line that is too long is cut, and
 * ends in ENCODE_CUT.
 */
void log_say(const struct log *log, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Log as log_say() does, with the arguments AP. */
void log_vsay(const struct log *log, int priority, const char *format,
    va_list ap) __attribute__((format(printf, 3, 0)));

/*
 * Log LINE to standard error, except LOG_DEBUG and LOG_INFO, or to syslog.  ARG is
 * the program's name.  The library itself never chooses one of them.
 */
authmap_log_fn log_to_stderr;
authmap_log_fn log_to_syslog;

#endif
