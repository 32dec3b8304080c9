/* SPDX-License-Identifier: ISC */
#include "tool/doveconf-setting.h"

#include <string.h>

#define BLANKS " \t"
#define BETWEEN " \t,"

/* Return REST of the line "NAME REST" in TEXT, or NULL if there is none. */
static const char *
setting_find(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; line != NULL;) {
		const char *at = line + strspn(line, BLANKS);

		if (strncmp(at, name, len) == 0 &&
		    strspn(at + len, BLANKS) > 0)
			return at + len + strspn(at + len, BLANKS);
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return NULL;
}

static bool
is_word(const char *at, size_t len, const char *word)
{
	if (strcmp(word, "$") == 0)
		return len > 1 && at[0] == '$';
	return len == strlen(word) && strncmp(at, word, len) == 0;
}

/* Return whether WORD is between VALUE and the end of its line. */
static bool
line_has(const char *value, const char *word)
{
	while (*value != '\n' && *value != '\0') {
		size_t len;

		value += strspn(value, BETWEEN);
		len = strcspn(value, BETWEEN "\n");
		if (is_word(value, len, word))
			return true;
		value += len;
	}
	return false;
}

/* Return whether BLOCK has a line "WORD = yes" before its "}". */
static bool
block_has(const char *block, const char *word)
{
	for (const char *line = strchr(block, '\n'); line != NULL;
	    line = strchr(line, '\n')) {
		size_t len;

		line++;
		line += strspn(line, BLANKS);
		if (*line == '}')
			return false;
		len = strcspn(line, BLANKS "\n");
		if (is_word(line, len, word) &&
		    strncmp(line + len, " = yes\n", strlen(" = yes\n")) == 0)
			return true;
	}
	return false;
}

bool
setting_has(const char *text, const char *name, const char *word)
{
	const char *rest = setting_find(text, name);

	if (rest == NULL)
		return false;
	if (*rest == '{')
		return block_has(rest, word);
	return *rest == '=' && line_has(rest + 1, word);
}

bool
setting_value(const char *text, const char *name, char *out, size_t size)
{
	const char *rest = setting_find(text, name);
	size_t len;

	if (rest == NULL || *rest != '=')
		return false;
	rest++;
	rest += strspn(rest, BLANKS);
	len = strcspn(rest, "\n");
	if (len == 0 || len >= size)
		return false;
	memcpy(out, rest, len);
	out[len] = '\0';
	return true;
}
