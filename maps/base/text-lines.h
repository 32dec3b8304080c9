/* SPDX-License-Identifier: ISC */
/* Read the text of a configuration file line by line. */
#ifndef BASE_TEXT_LINES_H
#define BASE_TEXT_LINES_H

struct text_lines {
	char *next, *end;	/* what is left of the text */
	unsigned int number;	/* of the current line, from 1; 0 before the first */
	char why[80];
};

/*
 * Return the next line of LINES without the newline and a carriage return before
 * it, or NULL after the last.  Set *WRONG to NULL, or to why the line may not be
 * used; that is valid until the next call.  The text is changed.
 */
char *text_lines_next(struct text_lines *lines, const char **wrong);

/*
 * Cut off the comment of LINE, which begins at a "#".  Set *COMMENT to what stands
 * behind the "#", or to NULL if there is none.  Return NULL, or what is wrong.
 */
const char *text_line_cut_comment(char *line, char **comment);

#endif
