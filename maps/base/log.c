#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <vis.h>

#ifndef VIS_NOLOCALE
#define VIS_NOLOCALE 0		/* an older vis(3) knows no locale anyway */
#endif

/* The longest text that log_vis() takes. */
#define TEXT_MOST 256

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
log_vis(const char *text, char *out, size_t size)
{
	char cut[TEXT_MOST], encoded[4 * TEXT_MOST];

	(void)strlcpy(cut, text, sizeof cut);
	/* libbsd's vis(3) needs memory. */
	if (strvis(encoded, cut, VIS_CSTYLE | VIS_OCTAL | VIS_TAB | VIS_NL |
	    VIS_NOSLASH | VIS_NOLOCALE) < 0)
		encoded[0] = '\0';
	(void)strlcpy(out, encoded, size);
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
