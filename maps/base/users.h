/* SPDX-License-Identifier: ISC */
/* Lists of users and their domains: the settings `users` and `users_file`. */
#ifndef BASE_USERS_H
#define BASE_USERS_H

#include <stdbool.h>
#include <stddef.h>

/* A list of users.  All zero is an empty list. */
struct users {
	char **list;		/* plain names, or "@" and a domain */
	size_t count;
};

/*
 * Add the words of TEXT to USERS.  A word is a name, in the forms of
 * record_user_given(), or a domain such as @example.org.  Words are separated
 * by blanks or commas.  Return NULL, or what is wrong with a word: "must be …";
 * then the words before it were added.
 */
const char *users_add(struct users *users, const char *text);

/*
 * Return whether USERS has USER, a plain name, or its domain.  Case does not matter.
 * USER is NULL or "" if it is unknown.
 */
bool users_have(const struct users *users, const char *user);

/*
 * Return whether USERS has the name USER itself, and not only its domain.  Case and
 * an unknown USER are as in users_have().
 */
bool users_name(const struct users *users, const char *user);

/* Free the memory of USERS, and make it empty. */
void users_free(struct users *users);

#endif
