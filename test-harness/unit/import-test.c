/* SPDX-License-Identifier: ISC */
/* The maps of other systems as text: which lines are entries. */
#include <stdlib.h>

#include "tool/import-lines.h"
#include "tap.h"

static struct import import;
static struct import_entry entry;
static const char *why;
static char key[AUTHMAP_ADDRESS_SIZE];

/* Read one more line; the address of an entry is in KEY. */
static enum import_status
line(const char *text)
{
	enum import_status status;

	why = "";
	status = import_line(&import, text, strlen(text), &entry, &why);
	if (status == IMPORT_ENTRY)
		address_key(&entry.address, 128, key);
	return status;
}

/* Return the last status after the lines of TEXT. */
static enum import_status
lines(const char *text)
{
	char *copy = strdup(text), *rest = copy, *one;
	enum import_status status = IMPORT_NOTHING;

	import_begin(&import);
	while (copy != NULL && (one = strsep(&rest, "\n")) != NULL)
		status = line(one);
	free(copy);
	return status;
}

#define HEADER "VERSION=3\nformat=print\ntype=hash\nHEADER=END\n"

static void
plain(void)
{
	static const struct {
		const char *text, *key;
		long long time;
	} good[] = {
		{ "203.0.113.7\tok", "203.0.113.7", 0 },
		{ "203.0.113.7 \t OK", "203.0.113.7", 0 },
		{ "203.0.113.7\tRELAY", "203.0.113.7", 0 },
		{ "203.0.113.7\tpermit", "203.0.113.7", 0 },
		{ "203.0.113.7\tallow,RELAYCLIENT", "203.0.113.7", 0 },
		{ "203.0.113.7\t1700000000", "203.0.113.7", 1700000000 },
		{ "203.0.113.7/32\t1700000000", "203.0.113.7", 1700000000 },
		{ "2001:DB8:0::7\tok", "2001:db8::7", 0 },
		{ "2001:db8::7/128\tok", "2001:db8::7", 0 },
		{ "0064:ff9b::7\tok", "64:ff9b::7", 0 },
		{ "IPv6:2001:db8:0:0:0:0:0:7\tok", "2001:db8::7", 0 },
		{ "::ffff:203.0.113.7\tok", "203.0.113.7", 0 },
		{ "203.0.113.7\tok\r", "203.0.113.7", 0 },
		{ "203.0.113.7\tok \t \r", "203.0.113.7", 0 },
		{ "203.0.113.7 1700000000\r", "203.0.113.7", 1700000000 },
		{ "192.000.002.001\tok", "192.0.2.1", 0 },
		{ "010.000.000.100\tok", "10.0.0.100", 0 },
		{ "192.000.002.001/32\tok", "192.0.2.1", 0 },
		{ "10.0.0.0\tok", "10.0.0.0", 0 },
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		is_int(lines(good[i].text), IMPORT_ENTRY, good[i].text);
		is_str(key, good[i].key, "  its address");
		is_int(entry.time, good[i].time, "  its time");
	}
	is_int(lines("# a comment"), IMPORT_NOTHING, "a comment");
	is_int(lines(""), IMPORT_NOTHING, "an empty line");
	is_int(lines("\r"), IMPORT_NOTHING, "a line with a CR");
	is_int(lines(" \t "), IMPORT_NOTHING, "a line of blanks");
	is_int(lines("x\n203.0.113.7\tok"), IMPORT_ENTRY,
	    "the line after a wrong one");
	ok(import_end(&import, &why), "the end of the file is found");
	import_begin(&import);
	ok(import_end(&import, &why), "and that of an empty file");
}

/* The reason says what is wrong. */
static void
reasons(void)
{
	static const struct {
		const char *text, *why;
	} wrong[] = {
		{ "203.0.113.7", "has no value: \"ok\" or a time" },
		{ "2001:db8::7", "has no value" },
		{ "203.0.113.7\t\r", "has no value" },
		{ "203.0.113.7:allow,RELAYCLIENT=\"\"", "has a colon" },
		{ "203.0.113.7:allow,RELAYCLIENT=\"\",RBLSMTPD=\"\"\t1700000000",
		    "has a colon" },
		{ "010.0.0.1\tok", "leading zeros, which may be octal" },
		{ "203.0.113.07\tok", "leading zeros" },
		{ "010.0.0\tok", "leading zeros" },
		{ " 203.0.113.7\tok", "begins with a blank" },
		{ "203.0.113.7\t600", "not a time: ten digits" },
		{ HEADER " 203.0.113.7\r\n \r", "has no value" },
		{ "203.0.113.\tok", "network" },
		{ "2001:db8:\tok", "network" },
		{ "host:25\tok", "is not an address" },
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		is_int(lines(wrong[i].text), IMPORT_WRONG, wrong[i].text);
		ok(strstr(why, wrong[i].why) != NULL, wrong[i].why);
	}
}

/* "550" or REJECT in an MTA's table refuse: such a line is not an entry. */
static void
refused(void)
{
	static const char *const bad[] = { "203.0.113.7", "203.0.113.7\t",
	    "203.0.113.7\tREJECT", "203.0.113.7\t550 no", "203.0.113.7\t550",
	    "203.0.113.7\tno", "203.0.113.7\tok\r \rno", "203.0.113.7\tok no",
	    "203.0.113.7\tokay", "203.0.113.7\t0", "203.0.113.7\t170000000",
	    "203.0.113.7\t17000000000", "203.0.113.7\t-1700000000",
	    "203.0.113.7\t+700000000", "203.0.113.7\t0700000000",
	    "203.0.113.7\t1700000000x", "203.0.113.7\t99999999999999999999",
	    "203.0.113\tok", "203.0.113.\tok", "203.0.113.0/24\tok",
	    "203.0.113.7/24\tok", "203.0.113.7/33\tok", "203.0.113.7/\tok",
	    "2001:db8:1\tok", "2001:db8::/64\tok", "203.0.113.07\tok",
	    "203.0.113.7%lo\tok", "fe80::1%lo\tok", "example.org\tok",
	    "POP:203.0.113.7\tok", " 203.0.113.7\tok", "\tok", "*\tok",
	    "203.0.113.7:ok", "203.0.113.7:allow,RELAYCLIENT=''",
	    "203.0.113.7\\00\tok", "010.0.0.1\tok", "192.168.01.001\tok",
	    "192.000.002.256\tok", "192.000.002.0001\tok",
	    "192.000.002\tok", "192.000.002.001.000\tok",
	    "203.0.113.00\tok", "0203.000.113.007\tok" };
	char *text = malloc(5000);

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		is_int(lines(bad[i]), IMPORT_WRONG, bad[i]);
	is_int(lines("203.0.113.0/24\tok"), IMPORT_WRONG, "a network");
	ok(strstr(why, "network") != NULL, "  is reported as one");
	is_int(lines("203.0.113\tok"), IMPORT_WRONG, "so is 203.0.113");
	ok(strstr(why, "network") != NULL, "  which is one for MTAs");
	if (text == NULL)
		return;
	memset(text, '1', 4999);
	text[4999] = '\0';
	is_int(lines(text), IMPORT_WRONG, "a long line");
	memset(text, ' ', 4999);
	memcpy(text, "203.0.113.7 ok", 14);
	text[IMPORT_LINE_BYTES] = '\0';
	is_int(lines(text), IMPORT_WRONG, "a line that may continue after blanks");
	memset(text, ' ', 4999);
	memcpy(text, "203.0.113.7", 11);
	memcpy(text + IMPORT_LINE_BYTES - 2, "ok", 2);
	text[IMPORT_LINE_BYTES] = '\0';
	is_int(lines(text), IMPORT_WRONG, "a line that may have been cut");
	free(text);
}

static void
dump(void)
{
	is_int(lines(HEADER " 203.0.113.7"), IMPORT_NOTHING, "a key");
	ok(!import_end(&import, &why), "  is not the end");
	is_int(line(" 1700000000"), IMPORT_ENTRY, "  and its value");
	is_str(key, "203.0.113.7", "  its address");
	is_int(entry.time, 1700000000, "  its time");
	ok(!import_end(&import, &why), "nor is that the end");
	is_int(line("DATA=END"), IMPORT_NOTHING, "DATA=END");
	ok(import_end(&import, &why), "  is");
	is_int(line(" 203.0.113.8"), IMPORT_WRONG, "what stands after it");
	is_int(line("VERSION=3"), IMPORT_NOTHING, "another dump");
	ok(!import_end(&import, &why), "  begins");

	is_int(lines(HEADER " 203.0.113.7\\00\n ok\\00"), IMPORT_ENTRY,
	    "a NUL at the end, as postmap stores it");
	is_str(key, "203.0.113.7", "  is not part of it");
	is_int(lines(HEADER " \\32\\30\\33.0.113.7\n \\6f\\6b"), IMPORT_ENTRY,
	    "escapes");
	is_str(key, "203.0.113.7", "  are decoded");
	is_int(lines("VERSION=3\r\nformat=print\r\nHEADER=END\r\n"
	    " 203.0.113.7\r\n 1700000000\r"), IMPORT_ENTRY, "a CR on each line");
	is_str(key, "203.0.113.7", "  is not part of it");
	is_int(line("DATA=END\r"), IMPORT_NOTHING, "  nor of the last line");
	ok(import_end(&import, &why), "  which is found");
	is_int(lines(HEADER " # no comment"), IMPORT_WRONG, "no comments");
}

static void
dump_refused(void)
{
	static const char *const keys[] = { " 203.0.113.7\\", " 203.0.113.\\3",
	    " 203.0.113.\\3g", " 203.0.113.\\3G", " 203.0.113.7\\00\\00",
	    " 203.0.113.7\\00x", " \\\\", " ", "203.0.113.7", "", "x",
	    "  203.0.113.7", " \\cb\\00q\\07", " 203.0.113" };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		(void)lines(HEADER " 203.0.113.6\n ok");
		is_int(line(keys[i]), IMPORT_WRONG, keys[i]);
		if (keys[i][0] == ' ')
			is_int(line(" ok"), IMPORT_NOTHING,
			    "  its value is skipped");
		is_int(line(" 203.0.113.8"), IMPORT_NOTHING, "  the next key");
		is_int(line(" ok"), IMPORT_ENTRY, "  is taken");
	}
	is_int(lines(HEADER " 203.0.113.7\n no"), IMPORT_WRONG, "a value");
	is_int(line(" 203.0.113.8"), IMPORT_NOTHING, "  the next key");
	is_int(line(" ok"), IMPORT_ENTRY, "  is taken");
	is_int(lines(HEADER " 203.0.113.7\nDATA=END"), IMPORT_WRONG,
	    "a key without a value");
	is_int(lines("VERSION=3\nformat=bytevalue"), IMPORT_HOPELESS,
	    "a dump that is not printable");
	is_int(lines("VERSION=3\n"), IMPORT_HOPELESS, "half a header");
	import_begin(&import);
	is_int(import_line(&import, "\0\0", 2, &entry, &why), IMPORT_HOPELESS,
	    "a file that is not text");
}

int
main(void)
{
	plain();
	refused();
	reasons();
	dump();
	dump_refused();
	return tap_done();
}
