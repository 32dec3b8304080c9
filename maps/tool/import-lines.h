/* SPDX-License-Identifier: ISC */
/*
 * The map of another POP-before-SMTP system as text, line by line: what
 * db_dump -p prints, or lines of a key, white space and a value, as makemap -u
 * and postmap -s print them.  Blanks and a CR at the end of a line are ignored.
 * Not in the library.
 */
#ifndef TOOL_IMPORT_LINES_H
#define TOOL_IMPORT_LINES_H

#include <time.h>

#include "base/address.h"

/* A line of so many bytes or more, without its newline, is none of ours: only
 * that many need be given. */
#define IMPORT_LINE_BYTES 1024

/* A key or a value, decoded, and its NUL. */
#define IMPORT_TEXT_BYTES 128

enum import_state {
	IMPORT_BEGIN,		/* nothing was read yet */
	IMPORT_PLAIN,		/* lines of key and value */
	IMPORT_HEADER,		/* of a dump */
	IMPORT_KEY,		/* a key of a dump comes next */
	IMPORT_VALUE,		/* its value does */
	IMPORT_END		/* nothing but another dump does */
};

struct import {
	enum import_state state;
	struct address address;	/* the key whose value comes next */
	bool skip;		/* it was wrong: so is its value */
};

struct import_entry {
	struct address address;
	time_t time;		/* its end, or that of its login; 0 none */
};

enum import_status {
	IMPORT_HOPELESS = -1,	/* nor will any line that follows be read */
	IMPORT_NOTHING,		/* a line that is no entry yet */
	IMPORT_ENTRY,
	IMPORT_WRONG		/* it cannot be taken over */
};

/* Before the first line. */
void import_begin(struct import *import);

/*
 * Reads LEN bytes of LINE, without its newline, and fills ENTRY when that
 * completes one.  IMPORT_WRONG, IMPORT_HOPELESS: *WHY, a constant, says what
 * is wrong, with the line for its subject.
 */
enum import_status import_line(struct import *import, const char *line,
    size_t len, struct import_entry *entry, const char **why);

/* After the last line: true, or false with *WHY when something is missing. */
bool import_end(const struct import *import, const char **why);

#endif
