/* SPDX-License-Identifier: ISC */
/* The findings of "authmap check", and how they are printed. */
#ifndef TOOL_CHECK_REPORT_H
#define TOOL_CHECK_REPORT_H

#include "tool/tool.h"

/* The exit status of check is that of its worst finding. */
enum finding { FINDING_GOOD, FINDING_DOUBTFUL, FINDING_WRONG };

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
	const char *probe;		/* the address that each MTA is asked about;
					   NULL: none */
	bool mta_asks_responder;	/* an MTA of this host needs the responder */
	bool mta_asks;			/* an MTA of this host asks */
};

/*
 * Note one line: WHAT (a constant) was examined, the FINDING, and a text with the
 * reason and the command that corrects it.  Bytes of the text that are not printable
 * ASCII are encoded.
 */
void check_say(struct check *check, enum finding finding, const char *what,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Print a summary and every line that was noted, or, for --json, an array of the
 * lines.  Free the lines, and return the exit status. */
int check_print(struct check *check);

#endif
