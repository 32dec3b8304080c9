/* SPDX-License-Identifier: ISC */
#include "tool/exim-acl.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/mta-text.h"

/* The most calls that are followed: ACLs may call one another in circles. */
#define CALLS_MAX 16

#define NAME_BYTES 256
#define BLANKS " \t"

/* Return the line after LINE, or NULL if it is the last one. */
static const char *
line_next(const char *line)
{
	const char *end = strchr(line, '\n');

	return end == NULL || end[1] == '\0' ? NULL : end + 1;
}

/*
 * Return whether LINE begins the ACL NAME, as "name:", or any ACL if NAME is NULL.
 */
static bool
is_label(const char *line, const char *name)
{
	size_t len;

	line += strspn(line, BLANKS);
	len = strcspn(line, ": \t\n");
	if (len == 0 || line[len] != ':' ||
	    strspn(line + len + 1, BLANKS) != strcspn(line + len + 1, "\n"))
		return false;
	return name == NULL || (strlen(name) == len &&
	    strncmp(line, name, len) == 0);
}

/* Return the statements of the ACL NAME, and their length in *LEN, or NULL. */
static const char *
section_find(const char *config, const char *name, size_t *len)
{
	const char *line = strstr(config, "begin acl"), *begin, *end;

	while (line != NULL && !is_label(line, name))
		line = line_next(line);
	begin = line == NULL ? NULL : line_next(line);
	if (begin == NULL)
		return NULL;
	for (end = begin; end != NULL; end = line_next(end))
		if (is_label(end, NULL) || strncmp(end, "begin ", 6) == 0)
			break;
	*len = end == NULL ? strlen(begin) : (size_t)(end - begin);
	return begin;
}

/* Return a copy of one ACL, without those that it calls, or NULL. */
static char *
acl_copy(const char *config, const char *name)
{
	const char *begin;
	size_t len;

	if (name[0] == '/')
		return mta_text_read(name);
	begin = section_find(config, name, &len);
	return begin == NULL ? NULL : strndup(begin, len);
}

/* Copy the name after the next "acl =" in *TEXT, and move *TEXT behind it. */
static bool
call_next(const char **text, char name[NAME_BYTES])
{
	const char *at = *text;

	while ((at = strstr(at, "acl")) != NULL) {
		const char *value = at + 3 + strspn(at + 3, BLANKS);
		size_t len;

		at += 3;
		if (*value != '=')
			continue;
		value += 1 + strspn(value + 1, BLANKS);
		len = strcspn(value, " \t\n");
		(void)snprintf(name, NAME_BYTES, "%.*s", (int)len, value);
		*text = value + len;
		return true;
	}
	return false;
}

/* Return TEXT, which may have moved, with MORE appended; without it if there is no
 * memory. */
static char *
append(char *text, const char *more)
{
	size_t len = strlen(text), room = len + strlen(more) + 1;
	char *grown = realloc(text, room);

	if (grown == NULL)
		return text;
	(void)strlcat(grown, more, room);
	return grown;
}

char *
exim_acl(const char *config, const char *name)
{
	char *text = acl_copy(config, name);
	char called[NAME_BYTES];
	size_t at = 0;

	/* The statements of a called ACL are appended, so its own calls are found
	 * later. */
	for (int calls = 0; text != NULL && calls < CALLS_MAX; calls++) {
		const char *rest = text + at;
		char *more;

		if (!call_next(&rest, called))
			break;
		at = (size_t)(rest - text);
		more = acl_copy(config, called);
		if (more != NULL)
			text = append(text, more);
		free(more);
	}
	return text;
}
