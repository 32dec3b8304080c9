/* SPDX-License-Identifier: ISC */
/* Netstrings, and texts that are none. */
#include "base/netstring.h"
#include "tap.h"

/* Check what netstring_find() finds in IN: "more", "bad", or the content and the
 * rest. */
static void
is_found(const char *in, size_t most, const char *wanted)
{
	const char *text;
	size_t len, taken;
	char found[128], name[128];

	(void)snprintf(name, sizeof name, "\"%s\"", in);
	switch (netstring_find(in, strlen(in), most, &text, &len, &taken)) {
	case NETSTRING_WHOLE:
		(void)snprintf(found, sizeof found, "%.*s|%s", (int)len, text,
		    in + taken);
		break;
	case NETSTRING_PART:
		(void)snprintf(found, sizeof found, "more");
		break;
	default:
		(void)snprintf(found, sizeof found, "bad");
	}
	is_str(found, wanted, name);
}

static void
put(size_t len, const char *wanted)
{
	char text[NETSTRING_MAX_BYTES];
	char out[NETSTRING_MAX_BYTES + NETSTRING_FRAME_BYTES + 1];
	size_t written;

	memset(text, 'x', sizeof text);
	written = netstring_put(out, text, len);
	ok(strncmp(out, wanted, strlen(wanted)) == 0 &&
	    written == strlen(wanted) + len + 1 && out[written - 1] == ',' &&
	    out[written] == '\0', wanted);
}

int
main(void)
{
	is_found("", 10, "more");
	is_found("5", 10, "more");
	is_found("5:", 10, "more");
	is_found("5:hell", 10, "more");
	is_found("5:hello", 10, "more");
	is_found("5:hello,", 10, "hello|");
	is_found("5:hello,3:", 10, "hello|3:");
	is_found("0:,", 10, "|");
	is_found("10:0123456789,", 10, "0123456789|");
	is_found("11", 10, "bad");
	is_found("11:", 10, "bad");
	is_found("9999", 9999, "more");
	is_found("99990", 9999, "bad");
	is_found("05:hello,", 10, "bad");
	is_found("00:,", 10, "bad");
	is_found("5:hello;", 10, "bad");
	is_found("5;hello,", 10, "bad");
	is_found("5 :hello,", 10, "bad");
	is_found(" 5:hello,", 10, "bad");
	is_found("-5:hello,", 10, "bad");
	is_found("+5:hello,", 10, "bad");
	is_found("x", 10, "bad");
	is_found(":", 10, "bad");
	is_found("\n", 10, "bad");
	put(0, "0:");
	put(9, "9:");
	put(10, "10:");
	put(100, "100:");
	put(1000, "1000:");
	put(NETSTRING_MAX_BYTES, "9999:");
	return tap_done();
}
