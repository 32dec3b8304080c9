/* SPDX-License-Identifier: ISC */
#include "base/users.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/record.h"

#define NO_MEMORY "cannot be stored: no memory"

/* Return NULL, or why WORD can be neither a user's name nor a domain. */
static const char *
word_wrong(const char *word)
{
	/* Patterns are not supported: an entry with one would match no user. */
	if (strpbrk(word, "*\"") != NULL || strcmp(word, "@") == 0)
		return "must be names of users, or @domain for all users of a "
		    "domain, without quotes or patterns; empty: all users";
	if (word[0] == '/')
		return "must be names of users: use users_file for a file of "
		    "names";
	if (strlen(word) >= AUTHMAP_USER_SIZE)
		return "is a name that is too long";
	return NULL;
}

static const char *
add_word(struct users *users, const char *word)
{
	char encoded[RECORD_USER_SIZE], plain[AUTHMAP_USER_SIZE];
	const char *wrong = word_wrong(word);
	char **grown, *name;

	if (wrong != NULL)
		return wrong;
	/* A word without a backslash is not encoded.  Do not decode it, so that a
	 * large file is read fast. */
	if (strchr(word, '\\') == NULL)
		(void)strlcpy(plain, word, sizeof plain);
	else if (record_user_given(word, encoded))
		record_plain_user(encoded, plain);
	else
		return NO_MEMORY;
	grown = reallocarray(users->list, users->count + 1, sizeof *grown);
	if (grown != NULL)
		users->list = grown;
	name = grown != NULL ? strdup(plain) : NULL;
	if (name == NULL)
		return NO_MEMORY;
	users->list[users->count++] = name;
	return NULL;
}

const char *
users_add(struct users *users, const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;
	const char *wrong = copy == NULL ? NO_MEMORY : NULL;

	while (wrong == NULL && (word = strsep(&rest, " \t,")) != NULL)
		if (word[0] != '\0')
			wrong = add_word(users, word);
	free(copy);
	return wrong;
}

static bool
has_word(const struct users *users, const char *word)
{
	for (size_t i = 0; i < users->count; i++)
		if (strcasecmp(users->list[i], word) == 0)
			return true;
	return false;
}

bool
users_name(const struct users *users, const char *user)
{
	/* A word that begins with @ is a domain. */
	return user != NULL && user[0] != '\0' && user[0] != '@' &&
	    has_word(users, user);
}

bool
users_have(const struct users *users, const char *user)
{
	const char *domain = user != NULL ? strrchr(user, '@') : NULL;

	return users_name(users, user) ||
	    (domain != NULL && has_word(users, domain));
}

void
users_free(struct users *users)
{
	for (size_t i = 0; i < users->count; i++)
		free(users->list[i]);
	free(users->list);
	users->list = NULL;
	users->count = 0;
}
