/* SPDX-License-Identifier: ISC */
/* The encoder of what is printed: each byte, cuts, print(), and JSON. */
#include <stdlib.h>
#include <vis.h>

#include "base/record.h"
#include "daemon/print.h"
#include "tap.h"
#include "tool/json.h"

static bool
plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static void
test_bytes(void)
{
	bool printable = true, others = true, back = true, twice = true;
	char text[2] = "", out[8], again[8], decoded[8];

	for (int c = 1; c < 256; c++) {
		text[0] = (char)c;
		(void)encode_text(text, out, sizeof out);
		(void)encode_text(out, again, sizeof again);
		twice = twice && strcmp(out, again) == 0;
		if (c >= ' ' && c <= '~') {
			printable = printable && strcmp(out, text) == 0;
			continue;
		}
		others = others && strlen(out) == 4 && plain(out);
		back = back && strunvis(decoded, out) == 1 &&
		    strcmp(decoded, text) == 0;
	}
	ok(printable, "each printable character stays as it is");
	ok(others, "each other byte becomes four printable characters");
	ok(back, "  which vis(3) can decode");
	ok(twice, "what is encoded already stays as it is");
	is_int(encode_bytes("a\0b", 3, out, sizeof out), 6, "so does a NUL");
	is_str(out, "a\\000b", "  in the midst of bytes");
}

static void
test_marks(void)
{
	static const struct { const char *text, *shown, *json; } marks[] = {
		{ "\n", "\\012", "\"\\u000a\"" },
		{ "\033[31m", "\\033[31m", "\"\\u001b[31m\"" },
		{ "\177", "\\177", "\"\\u007f\"" },
		{ "\xc2\x9b", "\\302\\233", "\"\\u009b\"" },
		{ "\xe2\x80\xae", "\\342\\200\\256", "\"\\u202e\"" },
		{ "\xe2\x80\xaa", "\\342\\200\\252", "\"\\u202a\"" },
		{ "\xe2\x81\xa6", "\\342\\201\\246", "\"\\u2066\"" },
		{ "\xe2\x81\xa9", "\\342\\201\\251", "\"\\u2069\"" },
		{ "\xe2\x80\x8e", "\\342\\200\\216", "\"\\u200e\"" },
		{ "\xe2\x80\x8f", "\\342\\200\\217", "\"\\u200f\"" },
		{ "\xd8\x9c", "\\330\\234", "\"\\u061c\"" },
		{ "\xf0\x9f\x93\xa7", "\\360\\237\\223\\247",
		    "\"\\ud83d\\udce7\"" },
		{ "\x9b", "\\233", "\"\\udc9b\"" },
		{ "\xe2\x80", "\\342\\200", "\"\\udce2\\udc80\"" },
		{ "\xed\xa0\x80", "\\355\\240\\200",
		    "\"\\udced\\udca0\\udc80\"" },
		{ "\xf4\x90\x80\x80", "\\364\\220\\200\\200",
		    "\"\\udcf4\\udc90\\udc80\\udc80\"" },
		{ "\"\\", "\"\\", "\"\\\"\\\\\"" },
	};
	char shown[64], json[64];

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		FILE *out = fmemopen(json, sizeof json, "w");

		(void)encode_text(marks[i].text, shown, sizeof shown);
		is_str(shown, marks[i].shown, "a mark is encoded");
		json_string(out, marks[i].text);
		(void)fclose(out);
		is_str(json, marks[i].json, "  and escaped in JSON");
	}
}

static void
test_cuts(void)
{
	static const char text[] = "ab\xff\xff" "cd\\s\\\\\\303ef";
	static const char whole[] = "ab\\377\\377cd\\s\\\\\\303ef";
	/* The length of the unit that begins at each byte. */
	static const unsigned char units_at[] = { 1, 1, 4, 1, 1, 1, 4, 1, 1, 1,
	    1, 1, 2, 1, 2, 1, 4, 1, 1, 1, 1, 1 };
	bool bounded = true, visible = true, units = true;
	char out[64], again[64];
	size_t len;

	for (size_t size = 1; size <= sizeof whole; size++) {
		memset(out, 'x', sizeof out);
		len = encode_text(text, out, size);
		bounded = bounded && len < size && strlen(out) == len &&
		    out[size] == 'x';
		if (size < sizeof whole)
			visible = visible && strncmp(out + (len < 3 ? 0 :
			    len - 3), ENCODE_CUT, len < 3 ? len : 3) == 0;
		else
			visible = visible && strcmp(out, whole) == 0;
		for (size_t i = 0; size < sizeof whole && i + 3 < len;
		    i += units_at[i])
			units = units && i + units_at[i] <= len - 3;
		(void)encode_text(out, again, size);
		units = units && strcmp(out, again) == 0;
	}
	ok(bounded, "a text does not exceed its size");
	ok(visible, "  and ends in dots if it was cut");
	ok(units, "  never within an encoded byte");
	is_int(encode_text("text", out, 0), 0, "no room at all");
	(void)encode_column("j\303\274rgen", out, 6, "+");
	is_str(out, "j+", "a column has its own mark");
	is_str(ENCODED("0123456789", 8), "01234...", "as an argument, too");
}

static void
keep(void *arg, int priority, const char *line)
{
	(void)priority;
	(void)strlcpy(arg, line, 2 * LOG_LINE_SIZE);
}

static void
test_log(void)
{
	char line[2 * LOG_LINE_SIZE], name[1024], user[RECORD_USER_SIZE];
	const struct log log = { keep, line };

	log_say(&log, 3, "%s: is no %s", "a\nb\033", "\xe2\x80\xae");
	is_str(line, "a\\012b\\033: is no \\342\\200\\256",
	    "no argument breaks a log line");
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	log_say(&log, 3, "%s", name);
	is_int(strlen(line), LOG_LINE_SIZE - 1, "a line that just fits");
	ok(strcmp(line, name) == 0, "  is whole");
	log_say(&log, 3, "%s%s", name, "n");
	is_int(strlen(line), LOG_LINE_SIZE - 1, "one that is longer is cut");
	is_str(line + LOG_LINE_SIZE - 5, "n...", "  visibly");
	memset(name, '\377', sizeof name - 1);
	log_say(&log, 3, "%s", name);
	ok(strlen(line) < LOG_LINE_SIZE, "so is one that is longer when encoded");
	is_str(line + strlen(line) - 7, "\\377...", "  after an encoded byte");
	record_vis_user("j\xc3\xbcr\ngen \\ ", user);
	log_say(&log, 3, "%s", user);
	is_str(line, user, "a name of the map stays as it is");
	memset(name, '\377', 300);
	name[300] = '\0';
	record_vis_user(name, user);
	is_str(ENCODED(user, 510) + 500, "\\377...",
	    "  and is cut after an encoded byte");
}

static void
test_print(void)
{
	char *text = NULL, *name = calloc(1, 5001);
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	print(out, "%s\t%-6s|%-*s|%lld\n", "a\nb\t", "c\177", 3, "d", -7LL);
	print(out, "%s", "");
	(void)fflush(out);
	is_str(text, "a\\012b\\011\tc\\177 |d  |-7\n",
	    "strings are encoded, the format is not");
	memset(name, '\n', 5000);
	print(out, "%s", name);
	(void)fclose(out);
	ok(len == strlen("a\\012b\\011\tc\\177 |d  |-7\n") + 4 * 5000,
	    "strings of any length");
	free(text);
	free(name);
}

int
main(void)
{
	test_bytes();
	test_marks();
	test_cuts();
	test_log();
	test_print();
	return tap_done();
}
