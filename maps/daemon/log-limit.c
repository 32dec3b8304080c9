#include "daemon/log-limit.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"

/* After so long, in milliseconds, a line is said again. */
#define AGAIN (3600 * 1000)

bool
said_lately(struct said *said, const char *line)
{
	deadline now = deadline_in(0);
	size_t oldest = 0;

	for (size_t i = 0; i < SAID_LINES; i++) {
		if (now < said->lines[i].until &&
		    strcmp(said->lines[i].line, line) == 0)
			return true;
		if (said->lines[i].until < said->lines[oldest].until)
			oldest = i;
	}
	(void)strlcpy(said->lines[oldest].line, line,
	    sizeof said->lines[oldest].line);
	said->lines[oldest].until = now + AGAIN;
	return false;
}

bool
said_enough(const struct said *said)
{
	deadline now = deadline_in(0);

	for (size_t i = 0; i < SAID_LINES; i++)
		if (said->lines[i].until <= now)
			return false;
	return true;
}

void
said_forget(struct said *said)
{
	for (size_t i = 0; i < SAID_LINES; i++)
		said->lines[i].until = 0;
}
