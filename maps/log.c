#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

void
log_say(const struct log *log, int priority, const char *format, ...)
{
	char line[1024];
	va_list ap;

	if (log->line == NULL)
		return;
	va_start(ap, format);
	if (vsnprintf(line, sizeof line, format, ap) < 0)
		line[0] = '\0';
	va_end(ap);
	log->line(log->arg, priority, line);
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
