/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include <stdio.h>
#include <syslog.h>

void
log_vsay(const struct log *log, int priority, const char *format, va_list ap)
{
	/* raw is larger than line, so that a line that was cut ends in
	 * ENCODE_CUT. */
	char raw[LOG_LINE_SIZE + 1], line[LOG_LINE_SIZE];

	if (log->line == NULL)
		return;
	if (vsnprintf(raw, sizeof raw, format, ap) < 0)
		raw[0] = '\0';
	(void)encode_text(raw, line, sizeof line);
	log->line(log->arg, priority, line);
}

void
log_say(const struct log *log, int priority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_vsay(log, priority, format, ap);
	va_end(ap);
}

void
log_to_stderr(void *arg, int priority, const char *line)
{
	if (priority <= LOG_NOTICE)
		(void)fprintf(stderr, "%s: %s\n", (const char *)arg, line);
}

/* The program has called openlog(3) with its own name. */
void
log_to_syslog(void *arg, int priority, const char *line)
{
	(void)arg;
	syslog(priority, "%s", line);
}
