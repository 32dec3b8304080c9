/* SPDX-License-Identifier: ISC */
/* What "authmap check" prints of each thing that it looks at. */
#ifndef TOOL_CHECK_SAY_H
#define TOOL_CHECK_SAY_H

#include "tool/tool.h"

enum finding { GOOD, DOUBTFUL, WRONG };

struct check {
	struct tool *tool;
	const struct authmap *am;
	int lines;
	int worst;		/* the exit status */
};

/*
 * Print one line, or one JSON object: WHAT was looked at, the FINDING, and a text
 * that says how it is and what to do about it.  WRONG sets the exit status.
 */
void check_say(struct check *check, enum finding finding, const char *what,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
