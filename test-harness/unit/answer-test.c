/* SPDX-License-Identifier: ISC */
/* A request to the responder, and its reply. */
#define _GNU_SOURCE		/* memmem(3) */
#include <fcntl.h>
#include <time.h>

#include "responder/answer.h"
#include "logins.h"
#include "sweeper/sweep.h"
#include "tap.h"

static struct reader reader;

static const char *
asked(const char *question, bool names)
{
	static char text[SOCKETMAP_REPLY_BYTES];

	reader.am = am;
	reader_renew(&reader);
	(void)answer(&reader, question, strlen(question), names, text);
	return text;
}

static void
is_answer(const char *question, const char *wanted)
{
	is_str(asked(question, true), wanted, question);
}

static void
begin(const char *more)
{
	reader_close(&reader);
	authmap_free(am);
	am = scratch_authmap(more);
}

static void
sweep(void)
{
	struct sweep memory = { .scanned_at = 0 };
	struct sweep_report report;

	is_int(sweep_run(am, &memory, &report), 0, "a sweep");
}

/* Lookups are counted by their reply.  Other tables and errors are not counted. */
static void
counted(void)
{
	is_answer("counts -", "OK 0 0 0");
	is_answer("relay 203.0.113.7", "TEMP the map cannot be read");
	is_answer("counts -", "OK 0 0 1");
	sweep();
	(void)record("203.0.113.7", "joe");
	is_answer("popauth 203.0.113.7", "OK OK");
	is_answer("relay 203.0.113.7", "OK OK");
	is_answer("user 203.0.113.7", "OK joe");
	is_answer("popuser 203.0.113.8", "NOTFOUND ");
	is_answer("relay 203.0.113.8", "NOTFOUND ");
	is_answer("relay mail.example.org", "NOTFOUND ");
	is_answer("nonsense 203.0.113.8", "PERM unknown table: use relay, "
	    "popauth, user or popuser");
	is_str(asked("counts -", false), "OK 2 2 1", "each as often as it was sent");
	(void)unlink(am->files.map);
	(void)unlink(am->files.saved);
}

static void
questions(void)
{
	is_answer("relay 203.0.113.7", "TEMP the map cannot be read");
	(void)record("203.0.113.9", "joe");
	is_answer("relay 203.0.113.9", "OK OK");
	is_answer("relay 203.0.113.7", "TEMP the map cannot be read");
	sweep();
	is_answer("relay 203.0.113.7", "NOTFOUND ");
	(void)authmap_remove(am, "203.0.113.9", NULL);
	(void)record("203.0.113.7", "joe");
	(void)record("2001:db8::7", "Amy Smith");
	(void)record("203.0.113.8", NULL);
	is_answer("relay 203.0.113.7", "OK OK");
	is_answer("popauth 203.0.113.7", "OK OK");
	is_answer("popauth ::ffff:203.0.113.7", "OK OK");
	is_answer("popauth [203.0.113.7]", "OK OK");
	is_answer("popauth ipv6:2001:db8:0:0:0:0:0:7", "OK OK");
	is_answer("popauth IPv6:2001:DB8::7", "OK OK");
	is_answer("popauth [IPv6:2001:db8::7]", "OK OK");
	is_answer("popauth 2001:0db8:0000:0000:0000:0000:0000:0007", "OK OK");
	is_answer("popauth 203.0.113.9", "NOTFOUND ");
	is_answer("popauth unknown", "NOTFOUND ");
	is_answer("popauth mail.example.com", "NOTFOUND ");
	is_answer("popauth 203.0.113", "NOTFOUND ");
	is_answer("popauth  203.0.113.7", "NOTFOUND ");
	is_answer("popauth 203.0.113.7 ", "NOTFOUND ");
	is_answer("popauth 203.0.113.0/24", "NOTFOUND ");
	is_answer("popauth ", "NOTFOUND ");
	is_answer("user 203.0.113.7", "OK joe");
	is_answer("user 2001:db8::7", "OK Amy\\sSmith");
	is_answer("user 203.0.113.8", "OK -");
	is_answer("user 203.0.113.9", "NOTFOUND ");
	is_answer("popuser 203.0.113.7", "OK joe");
	is_answer("popuser 2001:db8::7", "OK Amy=20Smith");
	is_answer("popuser 203.0.113.8", "OK -");
	(void)record("203.0.113.11", "a(\"b\\<c>/=d@example.org");
	is_answer("popuser 203.0.113.11",
	    "OK a=28=22b=5C=3Cc=3E=2F=3Dd@example.org");
	is_str(asked("user 203.0.113.7", false),
	    "PERM this client may not get names of users",
	    "a client without the right gets no name");
	ok(strncmp(asked("popuser 203.0.113.7", false), "PERM ", 5) == 0,
	    "and none from popuser");
	is_str(asked("relay 203.0.113.7", false), "OK OK", "the rest is");
	ok(strncmp(asked("relays 203.0.113.7", true), "PERM ", 5) == 0 &&
	    strncmp(asked("", true), "PERM ", 5) == 0 &&
	    strncmp(asked(" 203.0.113.7", true), "PERM ", 5) == 0 &&
	    strncmp(asked("RELAY 203.0.113.7", true), "PERM ", 5) == 0,
	    "other tables are unknown");
	ok(strncmp(asked("relay", true), "PERM ", 5) == 0,
	    "a request without a key");
}

static void
bytes(void)
{
	static const char nul[] = "relay 203.0.113.7\0";
	char text[SOCKETMAP_REPLY_BYTES], user[AUTHMAP_USER_SIZE];

	reader_renew(&reader);
	(void)answer(&reader, nul, sizeof nul - 1, true, text);
	is_str(text, "NOTFOUND ", "an address with a NUL is not found");
	memset(user, '\n', sizeof user - 1);
	user[sizeof user - 1] = '\0';
	(void)record("203.0.113.10", user);
	reader_renew(&reader);
	is_int(answer(&reader, "user 203.0.113.10", 17, true, text),
	    SOCKETMAP_REPLY_BYTES - 1 - 2 * (AUTHMAP_USER_SIZE - 1),
	    "the longest user is sent encoded");
	ok(strchr(text, '\n') == NULL, "  on one line");
}

/* The map stays open, and later changes are seen. */
static void
kept_open(void)
{
	struct map *map = reader.map;

	is_answer("relay 203.0.113.7", "OK OK");
	ok(map != NULL && reader.map == map, "the map stays open");
	scratch_now += 1799;
	is_answer("relay 203.0.113.7", "OK OK");
	scratch_now += 1;
	is_answer("relay 203.0.113.7", "NOTFOUND ");
	scratch_now -= 60;
	is_answer("relay 203.0.113.7", "OK OK");
	is_int(refresh("203.0.113.7", "joe"), AUTHMAP_REFRESHED,
	    "a refresh in place is seen");
	scratch_now += 120;
	is_answer("relay 203.0.113.7", "OK OK");
	is_int(authmap_remove(am, "203.0.113.7", NULL), 1, "a removal is seen");
	is_answer("relay 203.0.113.7", "NOTFOUND ");
	(void)record("203.0.113.7", "eve");
	is_answer("user 203.0.113.7", "OK eve");
	(void)record("203.0.113.7", "joe");
	is_answer("user 203.0.113.7", "OK joe");
	scratch_now -= 3600;
	is_answer("relay 203.0.113.7", "NOTFOUND ");
	scratch_now += 3600;
	is_answer("relay 203.0.113.7", "OK OK");
	(void)unlink(am->files.map);
	is_answer("relay 203.0.113.7", "TEMP the map cannot be read");
	is_answer("relay unknown", "NOTFOUND ");
	(void)record("203.0.113.7", "joe");
	is_answer("relay 203.0.113.7", "OK OK");
}

/* A damaged map is moved aside and recreated.  This is seen at once. */
static void
set_aside(void)
{
	int fd;

	(void)record("203.0.113.7", "joe");
	is_answer("relay 203.0.113.7", "OK OK");
	fd = open(am->files.map, O_RDWR);
	(void)pwrite(fd, "xxxx", 4, 0);
	(void)close(fd);
	is_int(record("203.0.113.12", "joe"), AUTHMAP_GRANTED,
	    "the map is recreated");
	is_answer("relay 203.0.113.12", "OK OK");
}

static void
trouble(void)
{
	char text[SOCKETMAP_REPLY_BYTES];
	int fd;

	(void)record("203.0.113.7", "joe");
	(void)record("203.0.113.8", "joe");
	reader_close(&reader);
	is_answer("relay 203.0.113.7", "OK OK");
	is_int(truncate(am->files.map, 10), 0, "the map is truncated");
	/* After it was last looked at. */
	(void)answer(&reader, "relay 203.0.113.8", 17, true, text);
	ok(strncmp(text, "OK", 2) != 0, "the responder continues");
	is_answer("relay 203.0.113.7", "TEMP the map cannot be read");
	(void)scratch_file("relay.gdbm", "garbage");
	is_answer("relay 203.0.113.7", "TEMP the map cannot be read");
	is_answer("user 203.0.113.7", "TEMP the map cannot be read");
	is_answer("relay unknown", "NOTFOUND ");
	(void)scratch_file("relay.gdbm", "");
	is_answer("relay 203.0.113.7", "TEMP the map cannot be read");
	(void)record("203.0.113.7", "joe");
	is_answer("relay 203.0.113.7", "OK OK");
	(void)unlink(am->files.map);
	(void)mkdir(am->files.map, 0700);
	is_answer("relay 203.0.113.7", "TEMP the map cannot be read");
	(void)rmdir(am->files.map);
	is_answer("relay 203.0.113.7", "TEMP the map cannot be read");

	begin("max_sweep_age = 5m\n");
	(void)unlink(am->files.beat);
	(void)record("203.0.113.7", "joe");
	is_answer("relay 203.0.113.7", "TEMP the map is too old");
	fd = open(am->files.beat, O_CREAT | O_WRONLY, 0600);
	ok(fd != -1 && close(fd) == 0, "it is swept");
	scratch_now = time(NULL);
	(void)record("203.0.113.7", "joe");
	is_answer("relay 203.0.113.7", "OK OK");
	scratch_now += 301;
	is_answer("relay 203.0.113.7", "TEMP the map is too old");
}

static void
networks(void)
{
	begin("static = 198.51.100.0/24 2001:db8:1::/48\nipv6_prefix = 64\n");
	sweep();
	is_answer("relay 198.51.100.200", "OK OK");
	is_answer("user 198.51.100.200", "OK -");
	is_answer("relay IPv6:2001:db8:1::9", "OK OK");
	(void)record("2001:db8:2::1", "joe");
	is_answer("relay ipv6:2001:db8:2:0:0:0:0:99", "OK OK");
	is_answer("relay 2001:db8:2:1::1", "NOTFOUND ");
}

int
main(void)
{
	begin("");
	counted();
	questions();
	bytes();
	kept_open();
	set_aside();
	trouble();
	networks();
	begin("");
	authmap_free(am);
	return tap_done();
}
