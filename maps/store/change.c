/* SPDX-License-Identifier: ISC */
#include "store/change.h"

#include <string.h>

size_t
change_encode(const struct change *change, char text[CHANGE_SIZE])
{
	char value[RECORD_SIZE];
	int len;

	(void)record_encode(&change->record, value);
	len = snprintf(text, CHANGE_SIZE, "\n%c %s %s\n", (char)change->op,
	    change->key, value);
	return len < 0 ? 0 : (size_t)len;
}

bool
change_decode(const char *line, size_t len, const char *ops,
    struct change *change)
{
	const char *space;
	size_t key_len;

	if (len < 4 || line[0] == '\0' || strchr(ops, line[0]) == NULL ||
	    line[1] != ' ')
		return false;
	change->op = (enum change_op)line[0];
	change->retried = change->op == CHANGE_LOGIN;
	line += 2;
	len -= 2;
	space = memchr(line, ' ', len);
	if (space == NULL || space - line >= AUTHMAP_ADDRESS_SIZE)
		return false;
	key_len = (size_t)(space - line);
	memcpy(change->key, line, key_len);
	change->key[key_len] = '\0';
	return address_is_key(change->key) &&
	    record_decode(space + 1, len - key_len - 1, &change->record);
}

#define LINE_MAX_BYTES (64 * 1024)

/*
 * Read one line without its newline.  A long line is cut; a very long one counts as
 * several.  Return its length, or -1 at the end; a last line that is not finished is
 * left to be read again.  Add to *AT how many bytes were read.
 */
static int
read_line(FILE *in, char line[CHANGE_SIZE], off_t *at)
{
	int c = 0, len = 0;
	off_t seen = 0;

	while (seen < LINE_MAX_BYTES && (c = getc_unlocked(in)) != EOF &&
	    c != '\n') {
		seen++;
		if (len < CHANGE_SIZE)
			line[len++] = (char)c;
	}
	*at += seen + (c == '\n');
	if (c != EOF)
		return len;
	if (seen > 0)
		(void)fseeko(in, -seen, SEEK_CUR);
	return -1;
}

bool
change_next_until(FILE *in, off_t size, const char *ops,
    struct change *change, unsigned int *bad)
{
	off_t at = size == CHANGE_NO_END ? 0 : ftello(in);
	char line[CHANGE_SIZE];
	int len;

	while ((size == CHANGE_NO_END || at < size) &&
	    (len = read_line(in, line, &at)) >= 0) {
		if (len == 0)
			continue;
		if (change_decode(line, (size_t)len, ops, change))
			return true;
		if (bad != NULL)
			(*bad)++;
	}
	return false;
}

bool
change_next(FILE *in, const char *ops, struct change *change,
    unsigned int *bad)
{
	return change_next_until(in, CHANGE_NO_END, ops, change, bad);
}
