/* SPDX-License-Identifier: ISC */
#include "base/text-lines.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * Return whether the line from TEXT to END has no control characters.  With one, an
 * editor may show two lines where this program reads one:
 * "# proxies<CR>exclude = ...".
 */
static bool
is_text(struct text_lines *lines, const char *text, const char *end)
{
	for (; text < end; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\r')
			(void)strlcpy(lines->why, "a carriage return within the "
			    "line: end each line with a newline",
			    sizeof lines->why);
		else if ((c < ' ' && c != '\t') || c == 0x7f)
			(void)snprintf(lines->why, sizeof lines->why, "byte "
			    "\\%03o is a control character: write the line "
			    "again", c);
		else
			continue;
		return false;
	}
	return true;
}

char *
text_lines_next(struct text_lines *lines, const char **wrong)
{
	char *line = lines->next, *newline, *end;

	*wrong = NULL;
	if (line >= lines->end)
		return NULL;
	lines->number++;
	newline = memchr(line, '\n', (size_t)(lines->end - line));
	end = newline != NULL ? newline : lines->end;
	lines->next = end + 1;
	if (end > line && end[-1] == '\r')
		end--;
	*end = '\0';
	if (!is_text(lines, line, end))
		*wrong = lines->why;
	else if (newline == NULL)
		*wrong = "the file ends within this line, as if it was cut: end "
		    "the line with a newline";
	return line;
}

const char *
text_line_cut_comment(char *line, char **comment)
{
	char *at = strchr(line, '#');

	*comment = NULL;
	if (at == NULL)
		return NULL;
	if (at != line && at[-1] != ' ' && at[-1] != '\t')
		return "\"#\" directly behind other text: put a blank before it, "
		    "which begins a comment";
	*at = '\0';
	*comment = at + 1;
	return NULL;
}
