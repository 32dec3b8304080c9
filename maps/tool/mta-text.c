/* SPDX-License-Identifier: ISC */
#include "tool/mta-text.h"

#include <string.h>

#include "base/read-file.h"

size_t
mta_text_between(const char *text, const char *before, const char *after,
    const char **path)
{
	const char *at = strstr(text, before);

	if (at == NULL)
		return 0;
	*path = at + strlen(before);
	return strcspn(*path, after);
}

char *
mta_text_read(const char *path)
{
	char why[READ_FILE_WHY_BYTES];
	size_t len;
	char *text = read_whole_file(path, &len, why), *to = text;

	for (const char *line = text; line != NULL && *line != '\0';) {
		size_t length = strcspn(line, "\n");

		length += line[length] == '\n' ? 1 : 0;
		if (line[strspn(line, " \t")] != '#') {
			memmove(to, line, length);
			to += length;
		}
		line += length;
	}
	if (to != NULL)
		*to = '\0';
	return text;
}
