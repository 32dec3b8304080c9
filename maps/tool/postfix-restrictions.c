/* SPDX-License-Identifier: ISC */
#include "tool/restrictions.h"

#include <stdio.h>
#include <string.h>

#define BETWEEN ", \t\r\n"

/* Whatever comes after one of these does not matter to a mail for others. */
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

/* Copy the next word of *REST to WORD, cut to its size, and move *REST behind it. */
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

struct verdict
restrictions_weigh(const char *list)
{
	char word[RESTRICTION_BYTES], socket[RESTRICTION_BYTES];
	struct verdict verdict = { .asks = false };

	while (word_next(&list, word)) {
		if (strcmp(word, "permit") == 0)
			break;
		if (strcmp(word, "warn_if_reject") == 0)
			(void)word_next(&list, word);
		else if (refuses(word)) {
			if (verdict.refuser[0] == '\0')
				(void)strlcpy(verdict.refuser, word,
				    sizeof verdict.refuser);
		} else if (strcmp(word, "check_client_access") == 0 &&
		    word_next(&list, word) &&
		    restrictions_socket(word, socket)) {
			verdict.asks = true;
			(void)strlcpy(verdict.map, word, sizeof verdict.map);
			break;
		}
	}
	return verdict;
}

void
restrictions_with(const char *list, const char *table, const char *refuser,
    const char *between, char *out, size_t size)
{
	char word[RESTRICTION_BYTES];
	bool done = false;

	out[0] = '\0';
	while (word_next(&list, word)) {
		bool here = !done && strcmp(word, refuser) == 0;

		if (out[0] != '\0')
			(void)strlcat(out, between, size);
		if (here) {
			(void)strlcat(out, "check_client_access", size);
			(void)strlcat(out, between, size);
			(void)strlcat(out, table, size);
			(void)strlcat(out, between, size);
		}
		(void)strlcat(out, word, size);
		done = done || here;
	}
}
