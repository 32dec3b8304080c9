/* SPDX-License-Identifier: ISC */
/* Lists of users and their domains: the settings `users` and `users_file`. */
#ifndef BASE_USERS_H
#define BASE_USERS_H

#include <stdbool.h>
#include <stddef.h>

/* Begins with all zero. */
struct users {
	char **list;		/* plain names; "@" and a domain: all of it */
	size_t count;
};

/*
 * Add the words of TEXT to USERS: names as record_user_given() takes them, or
 * domains such as @example.org, parted by blanks or commas.  Return NULL, or what
 * is wrong with a word: "must be …"; the words before it are added then.
 */
const char *users_add(struct users *users, const char *text);

/*
 * Say whether USER, a plain name (NULL or "": not known), or its domain, is in
 * USERS.  Case does not matter.
 */
bool users_have(const struct users *users, const char *user);

/* Free what USERS holds, and leave it empty. */
void users_free(struct users *users);

#endif
