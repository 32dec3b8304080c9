/* SPDX-License-Identifier: ISC */
#include "base/netstring.h"

#include <string.h>

/* Parse the length into *N.  Return the number of its digits, or 0. */
static size_t
length(const char *in, size_t len, size_t *n)
{
	size_t digits = 0;

	*n = 0;
	while (digits < len && digits < 4 && in[digits] >= '0' &&
	    in[digits] <= '9')
		*n = 10 * *n + (size_t)(in[digits++] - '0');
	return digits;
}

enum netstring
netstring_find(const char *in, size_t len, size_t most, const char **text,
    size_t *text_len, size_t *taken)
{
	size_t n, digits = length(in, len, &n);

	if (n > most || (digits > 1 && in[0] == '0'))
		return NETSTRING_BAD;
	if (digits == len)
		return NETSTRING_PART;
	if (digits == 0 || in[digits] != ':')
		return NETSTRING_BAD;
	if (len < digits + 1 + n + 1)
		return NETSTRING_PART;
	if (in[digits + 1 + n] != ',')
		return NETSTRING_BAD;
	*text = in + digits + 1;
	*text_len = n;
	*taken = digits + 1 + n + 1;
	return NETSTRING_WHOLE;
}

size_t
netstring_put(char *out, const char *text, size_t len)
{
	size_t at = 0;

	for (size_t unit = 1000; unit > 0; unit /= 10)
		if (len >= unit || unit == 1)
			out[at++] = (char)('0' + len / unit % 10);
	out[at++] = ':';
	memcpy(out + at, text, len);
	at += len;
	out[at++] = ',';
	out[at] = '\0';
	return at;
}
