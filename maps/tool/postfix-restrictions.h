/* SPDX-License-Identifier: ISC */
/* Reads Postfix's lists of restrictions. */
#ifndef TOOL_RESTRICTIONS_H
#define TOOL_RESTRICTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define RESTRICTION_BYTES 256

/* What a list does to a client that may relay by the map, for a mail to others. */
struct verdict {
	bool asks;				/* it asks the map, which permits */
	char map[RESTRICTION_BYTES];		/* the table that it asks */
	char refuser[RESTRICTION_BYTES];	/* what refuses before that; "": nothing */
};

/* Weigh the restrictions in LIST, the value of a parameter. */
struct verdict restrictions_weigh(const char *list);

/*
 * Write to SOCKET the socket of TABLE, as in socketmap:unix:PATH:relay: "PATH" or
 * "inet:HOST:PORT".  Return false if it is no table of authmap's responder.
 */
bool restrictions_socket(const char *table, char socket[RESTRICTION_BYTES]);

/*
 * Write to OUT, of SIZE bytes, LIST with "check_client_access TABLE" before the
 * restriction REFUSER.  BETWEEN stands between words: a blank, or a comma where
 * Postfix allows no blank.
 */
void restrictions_with(const char *list, const char *table, const char *refuser,
    const char *between, char *out, size_t size);

#endif
