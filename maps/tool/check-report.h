/* SPDX-License-Identifier: ISC */
/* What "authmap check" finds, and how it is printed. */
#ifndef TOOL_CHECK_SAY_H
#define TOOL_CHECK_SAY_H

#include "tool/tool.h"

/* The exit status of check is that of its worst finding. */
enum finding { GOOD, DOUBTFUL, WRONG };

struct check_line {
	enum finding finding;
	const char *what;
	char *text;
};

struct check {
	struct tool *tool;
	const struct authmap *am;
	struct check_line *lines;
	size_t count;
	bool no_memory;
	const char *probe;		/* an address in the map that each MTA is asked
					   about in its own way; NULL: none */
	bool mta_asks_responder;	/* an MTA of this host needs the responder */
	bool mta_asks;			/* an MTA of this host asks in any way */
};

/*
 * Note one line: WHAT (a constant) was looked at, the FINDING, and a text that
 * says how it is and which command mends it.  Bytes of the text that are not
 * printable ASCII are encoded.
 */
void check_say(struct check *check, enum finding finding, const char *what,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Print a summary and then every line that was noted, or, for --json, an array of
 * the lines.  Return the exit status, and give back the lines.
 */
int check_print(struct check *check);

#endif
