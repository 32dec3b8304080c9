/* The value of an entry: there and back, and what is refused. */
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
	ok(len == strlen(text) && strspn(text + RECORD_TIMES + 6,
	    "!\"#$%&'()*+,-./0123456789:;<=>?@[\\]^_`{|}~"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
	    len - RECORD_TIMES - 6, name);
	ok(record_decode(text, len, &out), "  is read");
	record_to_entry(&out, "192.0.2.1", &entry);
	is_str(entry.user, user, "  comes back as it was");
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
	    "one that would forge a field or a line");
	there_and_back("j\303\266rg", "UTF-8");
	there_and_back("\\134\\055", "backslashes");
	there_and_back("-", "one called -");
	there_and_back(all, "every byte");
	there_and_back(longest, "the longest, all encoded");
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
	is_str(text, "1700001800 1700000000 - -", "nobody knows");
	record_fill(&record, NOW, 1800, "im ap\n", "joe");
	is_str(record.service, "im_ap_", "a service stays one word");
	memset(much, 'x', sizeof much - 1);
	much[sizeof much - 1] = '\0';
	record_fill(&record, NOW, 1800, much, much);
	(void)record_encode(&record, text);
	ok(decodes(text), "what is too long is cut, and read");
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
	ok(decodes("0000000000 1700000000 imap joe"), "a removed one is one");
}

static void
validity(void)
{
	struct record record;

	record_fill(&record, NOW, 1800, "imap", "joe");
	ok(record_valid(&record, NOW), "valid from its login on");
	ok(record_valid(&record, NOW + 1799), "to its last second");
	ok(!record_valid(&record, NOW + 1800), "not after it");
	ok(record_valid(&record, NOW - RECORD_SLACK), "a clock may differ");
	ok(!record_valid(&record, NOW - RECORD_SLACK - 1),
	    "but not have been set back");
	record.expires = 0;
	ok(!record_valid(&record, NOW), "a removed one never is");
}

static void
settling(void)
{
	struct record record;

	record_fill(&record, NOW, 1800, "imap", "joe");
	ok(record_settle(&record, NOW + 1799) && record.last == NOW,
	    "a sweep keeps what is valid");
	ok(!record_settle(&record, NOW + 1800), "drops what is over");
	ok(record_settle(&record, NOW - 3600) && record.last == NOW - 3600 &&
	    record.expires == NOW - 1800,
	    "after the clock was set back, a window from now");
	record_fill(&record, NOW, 0, "imap", "joe");
	record.expires = 0;
	ok(record_settle(&record, NOW + 3600), "a removed one is kept");
	ok(!record_settle(&record, NOW + 86400), "for a day");
	ok(record_settle(&record, NOW - 3600) && record_removed(&record),
	    "and stays removed when the clock is set back");
}

int
main(void)
{
	form();
	users();
	refused();
	validity();
	settling();
	return tap_done();
}
