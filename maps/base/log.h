/* One line to wherever the program or its host wants it. */
#ifndef LOG_H
#define LOG_H

#include <stddef.h>

#include "authmap.h"

struct log {
	authmap_log_fn *line;	/* NULL: nowhere */
	void *arg;
};

/* Formats one line and hands it over; a longer one than 1 KiB is cut. */
void log_say(const struct log *log, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Encodes TEXT by vis(3) into OUT, of SIZE bytes, so that it can be shown: one
 * line, nothing that a terminal heeds.  What is too long is cut.  To do it twice
 * changes nothing.
 */
void log_vis(const char *text, char *out, size_t size);

/*
 * Ready-made sinks for programs; ARG is the program's name.  The library
 * itself never picks one.  stderr leaves LOG_DEBUG and LOG_INFO out.
 */
authmap_log_fn log_to_stderr;
authmap_log_fn log_to_syslog;

#endif
