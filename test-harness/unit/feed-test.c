/* SPDX-License-Identifier: ISC */
/* The changes that writers note for other hosts. */
#include "base/clock.h"
#include "store/blocklist.h"
#include "store/feed.h"
#include "store/lock.h"
#include "limits.h"
#include "store/writer.h"

#define CLUSTER "cluster = redis://127.0.0.1\n"

/* Return the feed as text, with its newlines. */
static const char *
feed(void)
{
	static char text[4096];
	FILE *in = fopen(am->files.feed, "r");
	size_t len = in == NULL ? 0 : fread(text, 1, sizeof text - 1, in);

	text[len] = '\0';
	if (in != NULL)
		(void)fclose(in);
	return in == NULL ? "none" : text;
}

static void
begin_feed(void)
{
	int fd = feed_begin(am, true);

	ok(fd != -1, "a feed is created");
	(void)close(fd);
}

/* Store LINE, which comes from another host. */
static enum map_status
elsewhere(const char *line)
{
	FILE *in = tmpfile();
	enum map_status status;
	struct writer w;
	bool more;

	if (in == NULL || fputs(line, in) == EOF ||
	    fseek(in, 0, SEEK_SET) == -1)
		err(1, "tmpfile");
	writer_begin(&w, am, lock_try(am), DEADLINE_NEVER);
	feed_close(w.feed);
	w.feed = -1;
	status = writer_apply_file(&w, in, PEER_OPS, 1000, NULL, &more);
	writer_end(&w);
	(void)fclose(in);
	return status;
}

static void
noted(void)
{
	sweep();
	(void)record("192.0.2.1", "joe");
	is_str(feed(), "none", "without a cluster, nothing is noted");
	settings(CLUSTER);
	begin_feed();
	(void)record("192.0.2.2", "joe");
	is_str(feed(), "\n+ 192.0.2.2 1700001800 1700000000 imap joe\n",
	    "a grant is noted");
	scratch_now += 60;
	begin_feed();
	(void)record("192.0.2.2", "joe");
	(void)refresh("192.0.2.1", "joe");
	is_str(feed(), "\n+ 192.0.2.2 1700001860 1700000060 imap joe\n"
	    "\n= 192.0.2.1 1700001860 1700000060 imap joe\n",
	    "a login and a refresh are distinguished");
	begin_feed();
	(void)authmap_remove(am, "192.0.2.1", NULL);
	is_str(feed(), "\n= 192.0.2.1 0000000000 1700000060 imap joe\n",
	    "a removal is noted");
	begin_feed();
	(void)refresh("192.0.2.1", "joe");
	(void)authmap_remove(am, "192.0.2.1", NULL);
	is_str(feed(), "", "a removal without a result is not");
	(void)authmap_remove(am, "192.0.2.9", NULL);
	is_str(feed(), "\n= 192.0.2.9 0000000000 1700000060 - -\n",
	    "a removal of a missing address is: another host may have a late login");
	begin_feed();
	(void)record("192.0.2.1", "joe");
	is_str(feed(), "\n+ 192.0.2.1 1700001860 1700000061 imap joe\n",
	    "a login after a removal is newer");
}

static void
from_elsewhere(void)
{
	begin_feed();
	is_int(elsewhere("~ 192.0.2.3 1700001810 1700000010 imap amy\n"
	    "> 192.0.2.2 1700001820 1700000020 imap joe\n"
	    "= 192.0.2.4 1700001810 1700000010 imap eve\n"
	    "garbage\n"), MAP_OK, "a change of another host is stored");
	is_str(feed(), "", "  and not noted");
	is_int(authmap_lookup(am, "192.0.2.3", NULL), 1, "  and may relay");
	is_int(authmap_lookup(am, "192.0.2.4", NULL), 0,
	    "  an existing entry is kept");
	(void)record("192.0.2.5", "joe");
	is_str(feed(), "\n+ 192.0.2.5 1700001860 1700000060 imap joe\n",
	    "the next login is");
}

static void
dropped(void)
{
	int fd;

	begin_feed();
	is_int(truncate(am->files.feed, 17 * 1024 * 1024), 0,
	    "a feed that was not read for long");
	(void)record("192.0.2.6", "joe");
	is_str(feed(), "none", "  it is removed");
	is_int(authmap_lookup(am, "192.0.2.6", NULL), 1, "  the login counts");
	(void)mkdir(am->files.feed, 0700);
	(void)record("192.0.2.7", "joe");
	is_int(authmap_lookup(am, "192.0.2.7", NULL), 1,
	    "no other file in its place prevents a login");
	(void)rmdir(am->files.feed);
	fd = feed_begin(am, true);
	(void)unlink(am->files.map);
	(void)record("192.0.2.8", "joe");
	ok(!file_is(am->files.feed, fd), "a new map gets a new feed");
	(void)close(fd);
	begin_feed();
	(void)scratch_file("state/relay.blocks",
	    "0000000000 1700000000 user joe\n");
	(void)blocks_renew(am);
	sweep();
	is_str(feed(), "\n= 192.0.2.8 0000000000 1700000060 imap joe\n",
	    "  which is noted");
	begin_feed();
	sweep();
	is_str(feed(), "", "  leaves it");
}

/*
 * Store the removal of 192.0.2.1 on another host, some seconds after now.  OP is ~,
 * or < if that host had the entry as of UNTIL.
 */
static enum map_status
removed(char op, int until, int after)
{
	char line[128];

	(void)snprintf(line, sizeof line, "%c 192.0.2.1 %010lld %010lld imap "
	    "joe\n", op, op == '~' ? 0 : (long long)scratch_now + until,
	    (long long)scratch_now + after);
	return elsewhere(line);
}

static void
removed_elsewhere(void)
{
	begin(CLUSTER);
	(void)record("192.0.2.1", "joe");
	is_int(removed('~', 0, -5), MAP_OK, "a removal that is older");
	is_str(there(), "1", "  removes nothing");
	is_int(removed('<', -1, -5), MAP_OK,
	    "nor does one that came before the login");
	is_str(there(), "1", "  a login");
	is_int(removed('<', 0, -5), MAP_OK, "one that knew of this refresh");
	is_str(there(), "", "  removes it");
	(void)record("192.0.2.1", "joe");
	is_str(there(), "1", "  until the next login");
}

/* The map does not show which entries are logins. */
static void
before_it_runs(void)
{
	begin(CLUSTER);
	(void)record("192.0.2.9", "joe");
	ok(strncmp(feed(), "\n+ 192.0.2.9 ", 13) == 0,
	    "with a cluster, writers create the feed");
}

/* Logins on other hosts count for a limit of this host. */
static void
limited(void)
{
	char line[128];

	begin("max_entries = 4\n");
	logins(1, 4, "joe");
	(void)snprintf(line, sizeof line, "> 192.0.2.5 %010lld %010lld imap "
	    "amy\n", (long long)scratch_now + 1800, (long long)scratch_now);
	is_int(elsewhere(line), MAP_OK, "at max_entries, a login on "
	    "another host");
	is_str(there(), "1234", "  is not granted here");
}

int
main(void)
{
	am = scratch_authmap("");
	noted();
	from_elsewhere();
	dropped();
	removed_elsewhere();
	before_it_runs();
	limited();
	authmap_free(am);
	return tap_done();
}
