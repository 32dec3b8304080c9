/* SPDX-License-Identifier: ISC */
#include "tool/json.h"

#include <stdbool.h>
#include <stddef.h>

static bool
tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/*
 * Return the length of the character at TEXT, or 0 if it is not well-formed UTF-8.
 */
static int
utf8_length(const unsigned char *text)
{
	unsigned char a = text[0], b;

	if (a < 0x80)
		return 1;
	b = text[1];
	if (a >= 0xc2 && a <= 0xdf)
		return tail(b) ? 2 : 0;
	if (a >= 0xe0 && a <= 0xef) {
		if (!tail(b) || (a == 0xe0 && b < 0xa0) ||
		    (a == 0xed && b > 0x9f))
			return 0;
		return tail(text[2]) ? 3 : 0;
	}
	if (a >= 0xf0 && a <= 0xf4) {
		if (!tail(b) || (a == 0xf0 && b < 0x90) ||
		    (a == 0xf4 && b > 0x8f))
			return 0;
		return tail(text[2]) && tail(text[3]) ? 4 : 0;
	}
	return 0;
}

/* Return the code point of the LENGTH bytes at TEXT. */
static unsigned long
utf8_decode(const unsigned char *text, int length)
{
	static const unsigned char mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned long code = text[0] & mask[length];

	for (int i = 1; i < length; i++)
		code = code << 6 | (text[i] & 0x3f);
	return code;
}

static void
put_character(FILE *out, unsigned long code)
{
	if (code == '"' || code == '\\')
		(void)fprintf(out, "\\%c", (int)code);
	else if (code >= ' ' && code <= '~')
		(void)fputc((int)code, out);
	else if (code < 0x10000)
		(void)fprintf(out, "\\u%04lx", code);
	else
		(void)fprintf(out, "\\u%04lx\\u%04lx",
		    0xd800 + ((code - 0x10000) >> 10),
		    0xdc00 + ((code - 0x10000) & 0x3ff));
}

void
json_string(FILE *out, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	int length;

	(void)fputc('"', out);
	for (; *c != '\0'; c += length > 0 ? length : 1) {
		length = utf8_length(c);
		if (length == 0)
			put_character(out, 0xdc00UL + *c);
		else
			put_character(out, utf8_decode(c, length));
	}
	(void)fputc('"', out);
}
