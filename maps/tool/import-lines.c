/* SPDX-License-Identifier: ISC */
#include "tool/import-lines.h"

#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* From 2001 until 2286, a time in seconds since 1970 has ten digits. */
#define TIME_MIN 1000000000LL
#define TIME_MAX 9999999999LL

#define TOO_LONG "is too long for an address and its value"

void
import_begin(struct import *import)
{
	memset(import, 0, sizeof *import);
	import->state = IMPORT_BEGIN;
}

/* Copy LEN bytes of TEXT to OUT.  Return NULL, or what is wrong. */
static const char *
copy(const char *text, size_t len, char out[IMPORT_TEXT_BYTES])
{
	if (len >= IMPORT_TEXT_BYTES)
		return TOO_LONG;
	if (memchr(text, '\0', len) != NULL)
		return "has a NUL byte";
	memcpy(out, text, len);
	out[len] = '\0';
	return NULL;
}

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

/* Return the byte of two hexadecimal digits, or -1 if they are not digits. */
static int
hex_byte(const char *text)
{
	int high = hex(text[0]), low = hex(text[1]);

	return high == -1 || low == -1 ? -1 : high * 16 + low;
}

/*
 * Decode a line of a dump after its first space to OUT: \\ is a backslash, and \
 * with two hexadecimal digits is any byte.  A NUL at the end, which some writers
 * store, is left out.  Return NULL, or what is wrong.
 */
static const char *
unescape(const char *text, size_t len, char out[IMPORT_TEXT_BYTES])
{
	char decoded[IMPORT_LINE_BYTES];
	size_t at = 0, n = 0;

	while (at < len && n < sizeof decoded) {
		if (text[at] != '\\') {
			decoded[n++] = text[at++];
		} else if (len - at >= 2 && text[at + 1] == '\\') {
			decoded[n++] = '\\';
			at += 2;
		} else if (len - at >= 3 && hex_byte(text + at + 1) != -1) {
			decoded[n++] = (char)hex_byte(text + at + 1);
			at += 3;
		} else {
			return "has a backslash that begins no escape";
		}
	}
	if (n > 0 && decoded[n - 1] == '\0')
		n--;
	return copy(decoded, n, out);
}

/* Return whether KEY looks like a network: MTAs also accept "192.0.2" and
 * "2001:db8:". */
static bool
looks_like_network(const char *key)
{
	size_t len = strlen(key);

	return strchr(key, '/') != NULL ||
	    (len > 0 && strspn(key, "0123456789.") == len) ||
	    (strchr(key, ':') != NULL &&
	    strspn(key, "0123456789abcdefABCDEF:") == len);
}

/* Return whether KEY begins with four numbers of three digits each. */
static bool
is_padded(const char *key)
{
	for (int part = 0; part < 4; part++, key += 4) {
		if (strspn(key, "0123456789") != 3)
			return false;
		if (part < 3 && key[3] != '.')
			return false;
	}
	return true;
}

/* Copy KEY to OUT, without the leading zeros of its numbers if it is IPv4. */
static void
unpad(const char *key, char out[IMPORT_TEXT_BYTES])
{
	bool first = key[strspn(key, "0123456789./")] == '\0';
	bool ipv4 = first;

	for (; key[0] != '\0'; key++) {
		if (first && key[0] == '0' && strspn(key, "0123456789") > 1)
			continue;
		first = ipv4 && key[0] == '.';
		*out++ = key[0];
	}
	*out = '\0';
}

/* Return whether KEY is an IPv4 address, a colon, and more text. */
static bool
has_colon(const char *key)
{
	char text[IMPORT_TEXT_BYTES];
	struct address address;
	char *colon;

	(void)strlcpy(text, key, sizeof text);
	colon = strchr(text, ':');
	if (colon == NULL)
		return false;
	*colon = '\0';
	return address_read(text, &address);
}

/* Read the key TEXT into ADDRESS.  Return NULL, or what is wrong. */
static const char *
key_read(const char *text, struct address *address)
{
	struct network network;
	char key[IMPORT_TEXT_BYTES];

	unpad(text, key);
	/* If all numbers have three digits, zeros are padding, and do not mean
	 * octal. */
	if (strcmp(key, text) != 0 && !is_padded(text))
		return "has an address with leading zeros, which may be octal: "
		    "write it without them";
	if (address_read(key, address))
		return NULL;
	/* DRAC can be built to write 192.0.2.1/32. */
	if (network_parse(key, &network) &&
	    network.bits == (network.base.family == AF_INET ? 32 : 128)) {
		*address = network.base;
		return NULL;
	}
	if (has_colon(key))
		return "has a colon after its address: see authmap-migrate(7), "
		    "\"Formats that need an edit\"";
	return looks_like_network(key) ?
	    "is a network: list it in static" : "is not an address";
}

/*
 * Read VALUE: a word that the systems write and MTAs take for "yes", or a time,
 * which is written to *WHEN.  Any other value may mean "no".  Return NULL, or what
 * is wrong.
 */
static const char *
value_read(const char *value, time_t *when)
{
	static const char *const yes[] = { "ok", "relay", "permit",
	    "allow,RELAYCLIENT" };
	const char *wrong;

	*when = 0;
	if (value[0] == '\0')
		return "has no value: \"ok\" or a time is missing";
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (strcasecmp(value, yes[i]) == 0)
			return NULL;
	if (strspn(value, "0123456789") != strlen(value))
		return "has a value that is neither \"ok\" nor a time";
	*when = (time_t)strtonum(value, TIME_MIN, TIME_MAX, &wrong);
	return wrong == NULL ? NULL : "has a value that is not a time: ten "
	    "digits, seconds since 1970";
}

static size_t
blanks(const char *line, size_t len, bool wanted)
{
	size_t n = 0;

	while (n < len && (line[n] == ' ' || line[n] == '\t') == wanted)
		n++;
	return n;
}

static enum import_status
plain_line(const char *line, size_t len, struct import_entry *entry,
    const char **why)
{
	char key[IMPORT_TEXT_BYTES], value[IMPORT_TEXT_BYTES];
	size_t key_len = blanks(line, len, false);
	size_t before = key_len + blanks(line + key_len, len - key_len, true);

	if (len == 0 || line[0] == '#')
		return IMPORT_NOTHING;
	if (key_len == 0) {
		*why = "begins with a blank, so it continues another line";
		return IMPORT_WRONG;
	}
	*why = len >= IMPORT_LINE_BYTES ? TOO_LONG : copy(line, key_len, key);
	if (*why == NULL)
		*why = copy(line + before, len - before, value);
	if (*why == NULL)
		*why = key_read(key, &entry->address);
	if (*why == NULL)
		*why = value_read(value, &entry->time);
	return *why == NULL ? IMPORT_ENTRY : IMPORT_WRONG;
}

static bool
is(const char *line, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(line, text, len) == 0;
}

static enum import_status
header_line(struct import *import, const char *line, size_t len,
    const char **why)
{
	static const char format[] = "format=";

	if (is(line, len, "HEADER=END")) {
		import->state = IMPORT_KEY;
	} else if (len >= strlen(format) &&
	    memcmp(line, format, strlen(format)) == 0 &&
	    !is(line, len, "format=print")) {
		*why = "cannot be read: dump the map with db_dump -p";
		return IMPORT_HOPELESS;
	} else if (len == 0 || memchr(line, '=', len) == NULL) {
		*why = "is not a header of a dump";
		return IMPORT_HOPELESS;
	}
	return IMPORT_NOTHING;
}

/* Read a key.  If it is wrong, report it now, and skip its value. */
static enum import_status
key_line(struct import *import, const char *line, size_t len,
    const char **why)
{
	char key[IMPORT_TEXT_BYTES];

	*why = unescape(line, len, key);
	if (*why == NULL)
		*why = key_read(key, &import->address);
	import->skip = *why != NULL;
	import->state = IMPORT_VALUE;
	return import->skip ? IMPORT_WRONG : IMPORT_NOTHING;
}

static enum import_status
value_line(struct import *import, const char *line, size_t len,
    struct import_entry *entry, const char **why)
{
	char value[IMPORT_TEXT_BYTES];

	import->state = IMPORT_KEY;
	if (import->skip)
		return IMPORT_NOTHING;
	entry->address = import->address;
	*why = unescape(line, len, value);
	if (*why == NULL)
		*why = value_read(value, &entry->time);
	return *why == NULL ? IMPORT_ENTRY : IMPORT_WRONG;
}

static enum import_status
data_line(struct import *import, const char *line, size_t len,
    struct import_entry *entry, const char **why)
{
	if (is(line, len, "DATA=END")) {
		bool odd = import->state == IMPORT_VALUE;

		import->state = IMPORT_END;
		*why = "comes after a key that has no value";
		return odd ? IMPORT_WRONG : IMPORT_NOTHING;
	}
	if (len == 0 || line[0] != ' ') {
		*why = "does not begin with a space, as in a dump";
		return IMPORT_WRONG;
	}
	if (import->state == IMPORT_KEY)
		return key_line(import, line + 1, len - 1, why);
	return value_line(import, line + 1, len - 1, entry, why);
}

/* Return the length of LINE without blanks and a CR at its end.  A line that may
 * have been cut is not shortened. */
static size_t
trimmed(const struct import *import, const char *line, size_t len)
{
	/* In a dump, each line of data begins with a space, which is kept. */
	size_t least = import->state == IMPORT_KEY ||
	    import->state == IMPORT_VALUE ? 1 : 0;

	if (len >= IMPORT_LINE_BYTES)
		return len;
	while (len > least && strchr("\r\t ", line[len - 1]) != NULL &&
	    line[len - 1] != '\0')
		len--;
	return len;
}

enum import_status
import_line(struct import *import, const char *line, size_t len,
    struct import_entry *entry, const char **why)
{
	bool version;

	len = trimmed(import, line, len);
	version = is(line, len, "VERSION=3");
	switch (import->state) {
	case IMPORT_BEGIN:
		if (memchr(line, '\0', len) != NULL) {
			*why = "is not text: dump the map with db_dump -p";
			return IMPORT_HOPELESS;
		}
		import->state = version ? IMPORT_HEADER : IMPORT_PLAIN;
		break;
	case IMPORT_END:
		*why = "comes after the end of the dump";
		if (!version)
			return IMPORT_WRONG;
		import->state = IMPORT_HEADER;
		break;
	default:
		break;
	}
	switch (import->state) {
	case IMPORT_HEADER:
		return header_line(import, line, len, why);
	case IMPORT_KEY:
	case IMPORT_VALUE:
		return data_line(import, line, len, entry, why);
	default:
		return plain_line(line, len, entry, why);
	}
}

bool
import_end(const struct import *import, const char **why)
{
	if (import->state == IMPORT_BEGIN || import->state == IMPORT_PLAIN ||
	    import->state == IMPORT_END)
		return true;
	*why = "ends too soon: there is no DATA=END";
	return false;
}
