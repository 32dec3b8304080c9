#include "tool/json.h"

#include <stdbool.h>
#include <stddef.h>

static bool
tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* How many bytes of TEXT are one character in well-formed UTF-8; 0: none. */
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

void
json_string(FILE *out, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	int length;

	(void)fputc('"', out);
	for (; *c != '\0'; c += length > 0 ? length : 1) {
		length = utf8_length(c);
		if (length == 0)
			(void)fprintf(out, "\\udc%02x", *c);
		else if (*c == '"' || *c == '\\')
			(void)fprintf(out, "\\%c", *c);
		else if (*c < 0x20 || *c == 0x7f)
			(void)fprintf(out, "\\u%04x", *c);
		else
			(void)fwrite(c, 1, (size_t)length, out);
	}
	(void)fputc('"', out);
}
