/* SPDX-License-Identifier: ISC */
/* What the writers note for other hosts, and what they do not. */
#include "base/clock.h"
#include "store/blocklist.h"
#include "store/feed.h"
#include "store/lock.h"
#include "limits.h"
#include "store/writer.h"

#define CLUSTER "cluster = redis://127.0.0.1\n"

/* The feed as text; its newlines are as they are. */
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

	ok(fd != -1, "a feed is begun");
	(void)close(fd);
}

/* Stores LINE, which comes from another host. */
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
	writer_begin(&w, am, lock_try(am), NEVER);
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
	    "a login is told from a sign of life");
	begin_feed();
	(void)authmap_remove(am, "192.0.2.1", NULL);
	is_str(feed(), "\n= 192.0.2.1 0000000000 1700000060 imap joe\n",
	    "a removal is noted");
	begin_feed();
	(void)refresh("192.0.2.1", "joe");
	(void)authmap_remove(am, "192.0.2.1", NULL);
	is_str(feed(), "", "what changes nothing is not");
	(void)authmap_remove(am, "192.0.2.9", NULL);
	is_str(feed(), "\n= 192.0.2.9 0000000000 1700000060 - -\n",
	    "a removal of an absent address is: a login may come late there");
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
	    "garbage\n"), MAP_OK, "what comes from elsewhere is stored");
	is_str(feed(), "", "  and not noted");
	is_int(authmap_lookup(am, "192.0.2.3", NULL), 1, "  lets in");
	is_int(authmap_lookup(am, "192.0.2.4", NULL), 0,
	    "  but not what stands there for another reason");
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
	    "nobody has read it for long");
	(void)record("192.0.2.6", "joe");
	is_str(feed(), "none", "  it is removed");
	is_int(authmap_lookup(am, "192.0.2.6", NULL), 1, "  the login counts");
	(void)mkdir(am->files.feed, 0700);
	(void)record("192.0.2.7", "joe");
	is_int(authmap_lookup(am, "192.0.2.7", NULL), 1,
	    "nothing that stands in its place keeps a login from being recorded");
	(void)rmdir(am->files.feed);
	fd = feed_begin(am, true);
	(void)unlink(am->files.map);
	(void)record("192.0.2.8", "joe");
	ok(!file_is(am->files.feed, fd), "with a new map comes a new feed");
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

/* 192.0.2.1 was removed elsewhere, so many seconds after now; OP is ~, or < for
 * what was known there UNTIL then. */
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
	is_str(there(), "1", "  takes nothing away");
	is_int(removed('<', -1, -5), MAP_OK, "nor does one, for what was before");
	is_str(there(), "1", "  a login");
	is_int(removed('<', 0, -5), MAP_OK, "one that knew of this, no login");
	is_str(there(), "", "  takes it away");
	(void)record("192.0.2.1", "joe");
	is_str(there(), "1", "  until the next login");
}

/* The map does not tell what is a login. */
static void
before_it_runs(void)
{
	begin(CLUSTER);
	(void)record("192.0.2.9", "joe");
	ok(strncmp(feed(), "\n+ 192.0.2.9 ", 13) == 0,
	    "where there is a cluster, writers begin the feed");
}

/* Logins on other hosts come up to a limit of this host. */
static void
limited(void)
{
	char line[128];

	begin("max_entries = 4\n");
	logins(1, 4, "joe");
	(void)snprintf(line, sizeof line, "> 192.0.2.5 %010lld %010lld imap "
	    "amy\n", (long long)scratch_now + 1800, (long long)scratch_now);
	is_int(elsewhere(line), MAP_OK, "where all are too many, a login on "
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
