/* SPDX-License-Identifier: ISC */
#include "base/encode.h"

#include <stdbool.h>
#include <string.h>

static bool
printable(char c)
{
	return c >= ' ' && c <= '~';
}

static bool
octal(char c)
{
	return c >= '0' && c <= '7';
}

size_t
encode_byte(char c, char out[ENCODE_BYTE_MAX])
{
	unsigned int byte = (unsigned char)c;

	out[0] = c;
	if (printable(c))
		return 1;
	out[0] = '\\';
	out[1] = (char)('0' + (byte >> 6));
	out[2] = (char)('0' + (byte >> 3 & 7));
	out[3] = (char)('0' + (byte & 7));
	return 4;
}

/*
 * Return how many bytes at the start of TEXT, of LEN bytes, are one byte that was
 * encoded before, here or by vis(3): 4 for "\ooo", 2 for "\\" or "\n", otherwise 1.
 */
static size_t
encoded_length(const char *text, size_t len)
{
	if (len >= 4 && text[0] == '\\' && octal(text[1]) && octal(text[2]) &&
	    octal(text[3]))
		return 4;
	return len >= 2 && text[0] == '\\' && printable(text[1]) ? 2 : 1;
}

static size_t
encode_marked(const char *text, size_t len, char *out, size_t size,
    const char *mark)
{
	size_t at = 0, room_until = 0, taken;

	if (size == 0)
		return 0;
	for (size_t i = 0; i < len; i += taken) {
		char one[ENCODE_BYTE_MAX];
		size_t n = taken = encoded_length(text + i, len - i);

		if (taken > 1)
			memcpy(one, text + i, taken);
		else
			n = encode_byte(text[i], one);
		if (n >= size - at) {
			(void)strlcpy(out + room_until, mark,
			    size - room_until);
			return strlen(out);
		}
		memcpy(out + at, one, n);
		at += n;
		if (at + strlen(mark) < size)
			room_until = at;
	}
	out[at] = '\0';
	return at;
}

size_t
encode_bytes(const char *text, size_t len, char *out, size_t size)
{
	return encode_marked(text, len, out, size, ENCODE_CUT);
}

size_t
encode_text(const char *text, char *out, size_t size)
{
	return encode_marked(text, strlen(text), out, size, ENCODE_CUT);
}

size_t
encode_column(const char *text, char *out, size_t size, const char *mark)
{
	return encode_marked(text, strlen(text), out, size, mark);
}

const char *
encode_into(const char *text, char *out, size_t size)
{
	(void)encode_text(text, out, size);
	return out;
}
