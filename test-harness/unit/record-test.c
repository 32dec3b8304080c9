/* SPDX-License-Identifier: ISC */
/* Encode and decode the value of an entry; wrong values are refused. */
#include "base/record.h"
#include "tap.h"

#define NOW 1700000000

static bool
decodes(const char *text)
{
	struct record record;

	return record_decode(text, strlen(text), &record);
}

static void
there_and_back(const char *user, const char *name)
{
	struct record in, out;
	struct authmap_entry entry;
	char text[RECORD_SIZE];
	size_t len;

	record_fill(&in, NOW, 1800, "imap", user);
	len = record_encode(&in, text);
	ok(len == strlen(text) && strspn(text + RECORD_TIMES_BYTES + 6,
	    "!\"#$%&'()*+,-./0123456789:;<=>?@[\\]^_`{|}~"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
	    len - RECORD_TIMES_BYTES - 6, name);
	ok(record_decode(text, len, &out), "  is read");
	record_to_entry(&out, "192.0.2.1", &entry);
	is_str(entry.user, user, "  is decoded to the same record");
}

static void
users(void)
{
	char all[256], longest[AUTHMAP_USER_SIZE];

	for (int i = 1; i < 256; i++)
		all[i - 1] = (char)i;
	all[255] = '\0';
	memset(longest, '\377', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	there_and_back("joe@example.org", "a plain user");
	there_and_back("joe \"the\" 'user'\n\t1700009999 1700009999 imap eve",
	    "a user that would forge a field or a line");
	there_and_back("j\303\266rg", "UTF-8");
	there_and_back("\\134\\055", "backslashes");
	there_and_back("-", "one called -");
	there_and_back(all, "every byte");
	there_and_back(longest, "the longest user, all encoded");
}

static void
form(void)
{
	struct record record;
	char text[RECORD_SIZE], much[3 * AUTHMAP_USER_SIZE];

	record_fill(&record, NOW, 1800, "imap", "joe");
	(void)record_encode(&record, text);
	is_str(text, "1700001800 1700000000 imap joe", "the form is fixed");
	record_fill(&record, NOW, 1800, NULL, NULL);
	(void)record_encode(&record, text);
	is_str(text, "1700001800 1700000000 - -", "an unknown user and service");
	record_fill(&record, NOW, 1800, "im ap\n", "joe");
	is_str(record.service, "im_ap_", "a service stays one word");
	memset(much, 'x', sizeof much - 1);
	much[sizeof much - 1] = '\0';
	record_fill(&record, NOW, 1800, much, much);
	(void)record_encode(&record, text);
	ok(decodes(text), "a name that is too long is cut, and the record is valid");
}

static void
refused(void)
{
	static const char *const bad[] = { "", " ", "1700001800",
	    "1700001800 1700000000", "1700001800 1700000000 ",
	    "1700001800 1700000000 imap", "1700001800 1700000000 imap ",
	    "1700001800 1700000000  joe", "1700001800 1700000000 imap  joe",
	    "1700001800 1700000000 imap joe ",
	    "1700001800 1700000000 imap joe x",
	    "1700001800 1700000000 imap j\\oe",
	    "1700001800 1700000000 imap joe\n",
	    "1700001800 1700000000 imap j\303\266rg",
	    "1700001800 1700000000 im/ap joe",
	    "1700001800\t1700000000 imap joe",
	    "+700001800 1700000000 imap joe", "-700001800 1700000000 imap joe",
	    " 700001800 1700000000 imap joe", "0x00001800 1700000000 imap joe",
	    "170000180 17000000000 imap joe", "1700001800 1800000000 imap joe",
	    "9999999999 1700000000 imap joe",
	    "1700001800 1700000000 "
	    "a.service.of.more.than.31.characters joe", "OK", "1" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!decodes(bad[i]), bad[i]);
	ok(decodes("0000000000 1700000000 imap joe"), "a tombstone is one");
}

static void
validity(void)
{
	struct record record;

	record_fill(&record, NOW, 1800, "imap", "joe");
	ok(record_valid(&record, NOW), "a record is valid from its login");
	ok(record_valid(&record, NOW + 1799), "until its last second");
	ok(!record_valid(&record, NOW + 1800), "not after it");
	ok(record_valid(&record, NOW - RECORD_SLACK_SECS),
	    "also if a clock differs a little");
	ok(!record_valid(&record, NOW - RECORD_SLACK_SECS - 1),
	    "but not if the clock was set back");
	record.expires = 0;
	ok(!record_valid(&record, NOW), "a tombstone never is");
}

static void
settling(void)
{
	struct record record;

	record_fill(&record, NOW, 1800, "imap", "joe");
	ok(record_sweep(&record, NOW + 1799) && record.last == NOW,
	    "a sweep keeps a valid record");
	ok(!record_sweep(&record, NOW + 1800), "and removes an expired one");
	ok(record_sweep(&record, NOW - 3600) && record.last == NOW - 3600 &&
	    record.expires == NOW - 1800,
	    "after the clock was set back, it is valid for a window from now");
	record_fill(&record, NOW, 0, "imap", "joe");
	record.expires = 0;
	ok(record_sweep(&record, NOW + 3600), "a tombstone is kept");
	ok(!record_sweep(&record, NOW + 86400), "for a day");
	ok(record_sweep(&record, NOW - 3600) && record_removed(&record),
	    "also when the clock is set back");
}

/* Return the user that TEXT means, decoded, or "?" if it means none. */
static const char *
given(const char *text)
{
	static char plain[AUTHMAP_USER_SIZE];
	char user[RECORD_USER_SIZE];

	if (!record_user_given(text, user))
		return "?";
	record_plain_user(user, plain);
	return plain;
}

/* A printed name means the user of that name. */
static bool
comes_back(const char *name)
{
	char printed[RECORD_USER_SIZE], user[RECORD_USER_SIZE];

	record_vis_user(name, printed);
	return record_user_given(printed, user) &&
	    strcmp(user, printed) == 0 && strcmp(given(printed), name) == 0;
}

/* All names of up to three bytes that vis(3) treats specially, and other names. */
static void
given_short(void)
{
	static const char bytes[] = "\\\\-ants0134^M\n\t \1\177\303\274\377";
	const size_t count = sizeof bytes - 1;
	unsigned int bad = 0;

	for (size_t i = 0; i < count * count * count; i++) {
		char name[4] = { bytes[i % count], bytes[i / count % count],
		    bytes[i / count / count], '\0' };

		bad += !comes_back(name);
		name[2] = '\0';
		bad += !comes_back(name);
		name[1] = '\0';
		bad += !comes_back(name);
	}
	is_int(bad, 0, "any short name, as printed, means its user");
}

static void
given_printed(void)
{
	static const char *const names[] = { "joe", "joe@example.org",
	    "j\303\274rgen@example.org", "DOM\\joe", "DOM\\ted", "eve x", "-",
	    "--", "\\", "\\\\", "\\134", "\\055", "a\\\\b", "o'brien", "\377\376",
	    "\033[31m", "a\tb\nc", "x:y", "192.0.2.1" };
	char longest[AUTHMAP_USER_SIZE];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		ok(comes_back(names[i]), "a name, as printed, means its user");
	memset(longest, '\377', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	ok(comes_back(longest), "  also the longest");
	given_short();
}

static void
given_plain(void)
{
	char much[3 * AUTHMAP_USER_SIZE];

	is_str(given("j\303\274rgen"), "j\303\274rgen", "a plain name");
	is_str(given("DOM\\joe"), "DOM\\joe", "  with a backslash");
	is_str(given("DOM\\\\joe"), "DOM\\joe",
	    "  as printed, with the backslash doubled");
	is_str(given("DOM\\134joe"), "DOM\\134joe",
	    "  in octal, as it is never printed");
	is_str(given("DOM\\ted"), "DOM\ted",
	    "a text that is printed for some user means that user");
	is_str(given("DOM\\\\ted"), "DOM\\ted",
	    "  with its backslash doubled, it means the other");
	is_str(given("j\\303\\274rg\303\266n"),
	    "j\\303\\274rg\303\266n",
	    "a text that is only partly encoded is the name itself");
	is_str(given("eve x"), "eve x", "a blank");
	is_str(given("eve\\sx"), "eve x", "  as printed");
	is_str(given("-"), "-", "one called -");
	is_str(given("\\055"), "-", "  as printed");
	is_str(given("joe\\"), "joe\\", "a backslash at the end");
	is_str(given(""), "?", "nobody");
	memset(much, 'x', sizeof much - 1);
	much[sizeof much - 1] = '\0';
	is_int(strlen(given(much)), AUTHMAP_USER_SIZE - 1, "too long: cut");
}

int
main(void)
{
	form();
	given_printed();
	given_plain();
	users();
	refused();
	validity();
	settling();
	return tap_done();
}
