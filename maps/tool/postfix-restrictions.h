/* SPDX-License-Identifier: ISC */
/* Read Postfix's lists of restrictions. */
#ifndef TOOL_POSTFIX_RESTRICTIONS_H
#define TOOL_POSTFIX_RESTRICTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define RESTRICTION_BYTES 256

/* The most classes (smtpd_restriction_classes) that are followed. */
#define CLASSES_MAX 16

/* A list of restrictions that other lists name. */
struct restriction_class {
	char name[64];
	char *list;		/* NULL: not known */
};

struct restriction_classes {
	struct restriction_class of[CLASSES_MAX];
	size_t count;
};

/* The effect of a list on mail for other domains from a client in the map. */
struct verdict {
	bool asks;				/* it asks the map */
	bool ends;				/* it permits every other client */
	bool unexamined;			/* a class cannot be followed */
	char map[RESTRICTION_BYTES];		/* the table of the map */
	char refuser[RESTRICTION_BYTES];	/* the word of the list that refuses
						   before; "": nothing */
};

/*
 * Return the verdict of the restrictions in LIST, the value of a parameter, in which
 * a word may be the name of one of CLASSES.  A class in a class is not followed.
 */
struct verdict restrictions_examine(const char *list,
    const struct restriction_classes *classes);

/*
 * Store in CLASSES the names of the classes in LIST, as far as there is room, each
 * without its own list.  Return how many names there are.
 */
size_t restrictions_classes(const char *list,
    struct restriction_classes *classes);

/* Write to SOCKET the socket of TABLE, such as socketmap:unix:PATH:relay, as "PATH"
 * or "inet:HOST:PORT".  Return false if it is not a table of authmap's responder. */
bool restrictions_socket(const char *table, char socket[RESTRICTION_BYTES]);

/*
 * Write to OUT, of SIZE bytes, LIST with WORDS, such as "check_client_access TABLE",
 * before the restriction REFUSER.  If COMMAS is set, commas separate the words,
 * where Postfix allows no blank.  Return false if that does not fit, or if LIST does
 * not have REFUSER; then OUT is not to be used.
 */
bool restrictions_with(const char *list, const char *words, const char *refuser,
    bool commas, char *out, size_t size);

#endif
