/* SPDX-License-Identifier: ISC */
#include "tool/postfix-restrictions.h"

#include <stdio.h>
#include <string.h>

#define BETWEEN ", \t\r\n"

/* These restrictions refuse all mail for other domains, so later ones have no
 * effect. */
static const char *const refusers[] = { "reject", "defer",
    "reject_unauth_destination", "defer_unauth_destination" };

/* Return the length of the word at TEXT, in which braces keep blanks together. */
static size_t
word_length(const char *text)
{
	size_t len = 0;
	int depth = 0;

	while (text[len] != '\0' && (depth > 0 ||
	    strchr(BETWEEN, text[len]) == NULL)) {
		if (text[len] == '{')
			depth++;
		else if (text[len] == '}' && depth > 0)
			depth--;
		len++;
	}
	return len;
}

/* Copy the next word of *REST to WORD, cut to its size.  Move *REST behind it. */
static bool
word_next(const char **rest, char word[RESTRICTION_BYTES])
{
	const char *at = *rest + strspn(*rest, BETWEEN);
	size_t len = word_length(at);

	if (len == 0)
		return false;
	(void)snprintf(word, RESTRICTION_BYTES, "%.*s", (int)len, at);
	*rest = at + len;
	return true;
}

static bool
refuses(const char *word)
{
	for (size_t i = 0; i < sizeof refusers / sizeof *refusers; i++)
		if (strcmp(word, refusers[i]) == 0)
			return true;
	return false;
}

bool
restrictions_socket(const char *table, char socket[RESTRICTION_BYTES])
{
	const char *name = strrchr(table, ':');

	if (strncmp(table, "proxy:", strlen("proxy:")) == 0)
		table += strlen("proxy:");
	if (name == NULL || (strcmp(name, ":relay") != 0 &&
	    strcmp(name, ":popauth") != 0))
		return false;
	if (strncmp(table, "socketmap:unix:", strlen("socketmap:unix:")) == 0)
		table += strlen("socketmap:unix:");
	else if (strncmp(table, "socketmap:inet:", strlen("socketmap:inet:")) ==
	    0)
		table += strlen("socketmap:");
	else
		return false;
	if (name <= table || name - table >= RESTRICTION_BYTES)
		return false;
	(void)snprintf(socket, RESTRICTION_BYTES, "%.*s", (int)(name - table),
	    table);
	return true;
}

/* Note that WORD refuses, unless another has done so before. */
static void
refuse(struct verdict *verdict, const char *word)
{
	if (verdict->refuser[0] == '\0')
		(void)strlcpy(verdict->refuser, word, sizeof verdict->refuser);
}

/* Return the class of the name WORD, or NULL. */
static const struct restriction_class *
find_class(const struct restriction_classes *classes, const char *word)
{
	for (size_t i = 0; i < classes->count; i++)
		if (strcmp(classes->of[i].name, word) == 0)
			return &classes->of[i];
	return NULL;
}

/*
 * Examine WORD, which is not a class, and its argument, if it has one.  *REST is
 * what follows it.
 */
static void
examine_word(struct verdict *verdict, char word[RESTRICTION_BYTES],
    const char **rest)
{
	char socket[RESTRICTION_BYTES];

	if (strcmp(word, "permit") == 0)
		verdict->ends = true;
	else if (strcmp(word, "warn_if_reject") == 0)
		(void)word_next(rest, word);
	else if (refuses(word))
		refuse(verdict, word);
	else if (strcmp(word, "check_client_access") == 0 &&
	    word_next(rest, word) && restrictions_socket(word, socket)) {
		verdict->asks = true;
		(void)strlcpy(verdict->map, word, sizeof verdict->map);
	}
}

/* Examine CLASS: Postfix evaluates its list in the place of its name. */
static void
examine_class(struct verdict *verdict, const struct restriction_class *class,
    const struct restriction_classes *classes)
{
	char word[RESTRICTION_BYTES];
	struct verdict inner = { .unexamined = class->list == NULL };
	const char *rest = class->list != NULL ? class->list : "";

	while (!inner.ends && !inner.asks && word_next(&rest, word)) {
		if (find_class(classes, word) != NULL)
			inner.unexamined = true;
		else
			examine_word(&inner, word, &rest);
	}
	if (inner.refuser[0] != '\0')
		refuse(verdict, class->name);
	verdict->asks = inner.asks;
	verdict->ends = inner.ends;
	verdict->unexamined = verdict->unexamined || inner.unexamined;
	(void)strlcpy(verdict->map, inner.map, sizeof verdict->map);
}

struct verdict
restrictions_examine(const char *list, const struct restriction_classes *classes)
{
	char word[RESTRICTION_BYTES];
	struct verdict verdict = { .asks = false };

	while (!verdict.ends && !verdict.asks && word_next(&list, word)) {
		const struct restriction_class *class = find_class(classes, word);

		if (class != NULL)
			examine_class(&verdict, class, classes);
		else
			examine_word(&verdict, word, &list);
	}
	return verdict;
}

size_t
restrictions_classes(const char *list, struct restriction_classes *classes)
{
	char word[RESTRICTION_BYTES];
	size_t count = 0;

	classes->count = 0;
	while (word_next(&list, word)) {
		struct restriction_class *class =
		    &classes->of[classes->count];

		count++;
		if (classes->count == CLASSES_MAX || strlcpy(class->name, word,
		    sizeof class->name) >= sizeof class->name)
			continue;
		class->list = NULL;
		classes->count++;
	}
	return count;
}

/* Append WORD to OUT, of SIZE bytes, after a blank or a comma.  Return false if
 * there is no room. */
static bool
append(char *out, size_t size, const char *word, bool commas)
{
	if (out[0] != '\0')
		(void)strlcat(out, commas ? "," : " ", size);
	return strlcat(out, word, size) < size;
}

bool
restrictions_with(const char *list, const char *words, const char *refuser,
    bool commas, char *out, size_t size)
{
	char word[RESTRICTION_BYTES], new[RESTRICTION_BYTES];
	bool fits = true, done = false;

	out[0] = '\0';
	while (word_next(&list, word)) {
		if (!done && strcmp(word, refuser) == 0) {
			for (const char *rest = words; word_next(&rest, new);)
				fits = append(out, size, new, commas) && fits;
			done = true;
		}
		fits = strlen(word) < sizeof word - 1 &&
		    append(out, size, word, commas) && fits;
	}
	return fits && done;
}
