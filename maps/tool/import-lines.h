/* SPDX-License-Identifier: ISC */
/*
 * Parse the map of another POP-before-SMTP system as text, line by line: the output
 * of db_dump -p, or lines of a key, white space and a value, as makemap -u and
 * postmap -s print them.  Blanks and a CR at the end of a line are ignored.
 */
#ifndef TOOL_IMPORT_LINES_H
#define TOOL_IMPORT_LINES_H

#include <time.h>

#include "base/address.h"

/* A line of so many bytes or more, without its newline, is not valid.  The caller
 * may cut it there. */
#define IMPORT_LINE_BYTES 1024

/* The room for a key or a value, decoded, with its NUL. */
#define IMPORT_TEXT_BYTES 128

enum import_state {
	IMPORT_BEGIN,		/* at the start */
	IMPORT_PLAIN,		/* lines of key and value */
	IMPORT_HEADER,		/* of a dump */
	IMPORT_KEY,		/* a key of a dump comes next */
	IMPORT_VALUE,		/* its value does */
	IMPORT_END		/* after a dump; only another dump may follow */
};

struct import {
	enum import_state state;
	struct address address;	/* the key whose value comes next */
	bool skip;		/* the key was not valid: skip its value */
};

struct import_entry {
	struct address address;
	time_t time;		/* of its expiry or login; 0: none */
};

enum import_status {
	IMPORT_HOPELESS = -1,	/* the rest cannot be read either */
	IMPORT_NOTHING,		/* a line that is no entry yet */
	IMPORT_ENTRY,
	IMPORT_WRONG		/* it cannot be imported */
};

/* Initialize IMPORT, before the first line. */
void import_begin(struct import *import);

/*
 * Read LEN bytes of LINE, without its newline, and fill ENTRY if the line completes
 * an entry.  With IMPORT_WRONG and IMPORT_HOPELESS, *WHY, a constant, says what is
 * wrong with the line.
 */
enum import_status import_line(struct import *import, const char *line,
    size_t len, struct import_entry *entry, const char **why);

/*
 * Return, after the last line, true; or false, with *WHY, if something is missing.
 */
bool import_end(const struct import *import, const char **why);

#endif
