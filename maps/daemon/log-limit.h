/* What the log was told lately, so that it is not filled with the same. */
#ifndef DAEMON_LOG_LIMIT_H
#define DAEMON_LOG_LIMIT_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/safefile.h"

#define SAID_LINES 16

/* All zero: nothing was said, as after said_forget(). */
struct said {
	struct {
		char line[1024];
		deadline until;		/* 0: free */
	} lines[SAID_LINES];
};

/*
 * Was LINE said within an hour, as far as SAID remembers?  If not, it remembers
 * that it is said now, in place of the oldest.
 */
bool said_lately(struct said *said, const char *line);

/* Were as many lines said within an hour as SAID can remember? */
bool said_enough(const struct said *said);

void said_forget(struct said *said);

#endif
