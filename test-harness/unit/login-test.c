/* The writers' protocol, seen from one process that plays several. */
#include "store/lock.h"
#include "logins.h"
#include "store/pending.h"
#include "store/saved.h"
#include "tap.h"

static int
any(const struct authmap_entry *entry, void *arg)
{
	(void)entry;
	(void)arg;
	return 1;
}

static void
granting(void)
{
	struct authmap_entry entry;
	ino_t inode;

	is_int(authmap_lookup(am, "192.0.2.1", NULL), -1, "no map: trouble");
	is_int(authmap_walk(am, any, NULL), -1, "  so for who may relay");
	ok(strstr(scratch_log, "relay.gdbm: cannot be read: it is not there: "
	    "start authmap-sweeper") != NULL, "  which is logged");
	is_int(record("192.0.2.1", "joe"), AUTHMAP_GRANTED, "a login");
	is_int(authmap_lookup(am, "192.0.2.1", &entry), 1, "may relay");
	is_str(entry.user, "joe", "  its user is known");
	is_int(entry.expires, scratch_now + 1800, "  and its end");
	inode = map_inode();
	scratch_now += 10;
	is_int(record("192.0.2.1", "joe"), AUTHMAP_REFRESHED, "once more");
	ok(map_inode() == inode, "  is written in place");
	(void)authmap_lookup(am, "192.0.2.1", &entry);
	is_int(entry.expires, scratch_now + 1800, "  for longer");
	is_int(record("192.0.2.1", "amy"), AUTHMAP_GRANTED, "another user");
	ok(map_inode() != inode, "  is published in a new map");
	is_int(record("127.0.0.1", "joe"), AUTHMAP_EXCLUDED, "loopback is not");
	is_int(record("::ffff:127.0.0.1", "joe"), AUTHMAP_EXCLUDED,
	    "nor mapped");
	is_int(record("unknown", "joe"), AUTHMAP_FAILED, "no address is not");
	ok(strstr(scratch_log, "\"unknown\" is no address") != NULL,
	    "  which is logged");
	is_int(authmap_lookup(am, "unknown", NULL), -1, "  nor looked up");
	ok(!is_there("relay.fresh") && !is_there("relay.pending"),
	    "nothing is left beside the map");
}

static void
removing(void)
{
	struct authmap_entry entry;

	(void)record("192.0.2.2", "bob");
	is_int(authmap_remove(am, "192.0.2.2", &entry), 1, "removed");
	is_str(entry.user, "bob", "  and told what it was");
	is_int(authmap_lookup(am, "192.0.2.2", NULL), 0, "  from now on");
	is_int(authmap_remove(am, "192.0.2.2", NULL), 0, "only once");
	scratch_now += 60;
	is_int(refresh("192.0.2.2", "bob"), AUTHMAP_REMOVED,
	    "a session does not bring it back");
	is_int(authmap_lookup(am, "192.0.2.2", NULL), 0, "  really");
	is_int(record("192.0.2.2", "bob"), AUTHMAP_GRANTED, "a login does");
	is_int(authmap_lookup(am, "192.0.2.2", NULL), 1, "  really");
	is_int(refresh("192.0.2.3", "eve"), AUTHMAP_GRANTED,
	    "a session brings back what was lost with the map");
	save_state();
	(void)unlink(am->files.map);
	is_int(refresh("198.51.100.3", "gone"), AUTHMAP_REMOVED,
	    "not if it was removed before, as the saved state tells");
}

/* A login that could not be recorded is weighed by its own time. */
static void
retrying(void)
{
	struct authmap_entry entry;
	time_t first = scratch_now;

	scratch_now += 60;
	is_int(retry("192.0.2.4", "joe", first), AUTHMAP_GRANTED,
	    "a login is recorded late");
	(void)authmap_lookup(am, "192.0.2.4", &entry);
	is_int(entry.last, scratch_now, "  its session goes on now");
	is_int(entry.expires, scratch_now + 1800, "  and may for a window");
	scratch_now += 7200;
	is_int(retry("192.0.2.5", "joe", first), AUTHMAP_GRANTED,
	    "later than a window, too");
	(void)authmap_lookup(am, "192.0.2.5", &entry);
	is_int(entry.expires, scratch_now + 1800, "  for a window from now");

	first = scratch_now;
	is_int(authmap_remove(am, "192.0.2.6", NULL), 0,
	    "an address that is not in the map is removed");
	scratch_now += 10;
	is_int(retry("192.0.2.6", "joe", first), AUTHMAP_REMOVED,
	    "  a login of that second, retried, does not bring it in");
	is_int(retry("192.0.2.6", "joe", first - 60), AUTHMAP_REMOVED,
	    "  nor does an earlier one");
	is_int(authmap_lookup(am, "192.0.2.6", NULL), 0, "  really");
	is_int(retry("192.0.2.6", "joe", scratch_now + 900), AUTHMAP_GRANTED,
	    "a clock that was set back says nothing of what came first");
	(void)authmap_remove(am, "192.0.2.6", NULL);
	is_int(retry("192.0.2.6", "joe", scratch_now), AUTHMAP_REMOVED,
	    "  but no retry counts as later than a removal of that second");
	is_int(retry("192.0.2.6", "joe", first + 5), AUTHMAP_REMOVED,
	    "removed again, the later removal counts");
	scratch_now += 10;
	is_int(retry("192.0.2.6", "joe", scratch_now - 5), AUTHMAP_GRANTED,
	    "a login after the removal is recorded late");
	is_int(retry("192.0.2.7", "joe", scratch_now - 24 * 3600),
	    AUTHMAP_REMOVED, "after a day a removal may be forgotten");
	is_int(authmap_lookup(am, "192.0.2.7", NULL), 0, "  nobody is let in");
}

/* What waits keeps its own time. */
static void
waiting_late(void)
{
	int lock = lock_try(am);
	char text[128];

	is_int(record("192.0.2.12", "joe"), AUTHMAP_WAITING, "a login waits");
	is_int(retry("192.0.2.13", "joe", scratch_now - 60), AUTHMAP_WAITING,
	    "  and so does one that is retried");
	lock_drop(lock);
	scratch_now += 10;
	is_int(authmap_remove(am, "192.0.2.12", NULL), 1,
	    "a removal publishes it before");
	is_int(authmap_lookup(am, "192.0.2.13", NULL), 1,
	    "  and the other, which stays");
	(void)snprintf(text, sizeof text,
	    "\n+ 192.0.2.12 %010lld %010lld imap joe\n",
	    (long long)scratch_now + 1790, (long long)scratch_now - 10);
	(void)scratch_file("relay.pending", text);
	is_int(record("192.0.2.14", "amy"), AUTHMAP_GRANTED,
	    "what is read once more");
	is_int(authmap_lookup(am, "192.0.2.12", NULL), 0,
	    "  does not undo the removal");
}

/* The lock is another's: what waits is stored by whoever gets it next. */
static void
waiting(void)
{
	int lock = lock_try(am);

	ok(lock != -1 && lock_try(am) == -1, "one lock, one holder");
	is_int(record("192.0.2.10", "joe"), AUTHMAP_WAITING,
	    "who waits too long leaves a record");
	ok(strstr(scratch_log, "not published yet") != NULL, "  and logs it");
	ok(is_there("relay.pending"), "  in the pending file");
	is_int(authmap_lookup(am, "192.0.2.10", NULL), 0, "  not yet in force");
	lock_drop(lock);
	is_int(record("192.0.2.11", "amy"), AUTHMAP_GRANTED, "the next writer");
	is_int(authmap_lookup(am, "192.0.2.10", NULL), 1, "  publishes it");
	ok(!is_there("relay.pending") && !is_there("relay.draining"),
	    "  and removes the file");
}

static time_t
unlocking_clock(time_t *t)
{
	int lock = lock_try(am);

	(void)t;
	/* A writer asks for the time before it takes the lock, and then. */
	if (lock == -1)
		(void)unlink(am->files.lock);
	else
		lock_drop(lock);
	return scratch_now;
}

/* Somebody removes the lock while it is held: another may be at work. */
static void
unlocked(void)
{
	struct authmap_entry entry;

	(void)record("192.0.2.30", "joe");
	scratch_now += 10;
	am->clock = unlocking_clock;
	is_int(record("192.0.2.30", "joe"), AUTHMAP_WAITING,
	    "the lock was removed: what is written in place may be lost");
	ok(strstr(scratch_log, "was removed or replaced") != NULL,
	    "  which is logged");
	is_int(record("192.0.2.31", "joe"), AUTHMAP_WAITING,
	    "  a new map is not published");
	am->clock = scratch_clock;
	ok(is_there("relay.pending"), "  it waits");
	is_int(record("192.0.2.32", "amy"), AUTHMAP_GRANTED, "the next writer");
	is_int(authmap_lookup(am, "192.0.2.31", NULL), 1, "  publishes it");
	(void)authmap_lookup(am, "192.0.2.30", &entry);
	is_int(entry.last, scratch_now, "  all of it");
}

/* A holder died with relay.draining in its hand. */
static void
left_over(void)
{
	(void)scratch_file("relay.draining",
	    "+ 192.0.2.20 1700009999 1700000000 imap joe\n"
	    "this is no record\n+ 192.0.2.21 17000");
	(void)scratch_file("relay.pending",
	    "\n+ 192.0.2.22 1700009999 1700000000 imap amy\n");
	is_int(record("192.0.2.23", "bob"), AUTHMAP_GRANTED, "a login");
	is_int(authmap_lookup(am, "192.0.2.20", NULL), 1,
	    "a dead holder's records are stored");
	is_int(authmap_lookup(am, "192.0.2.22", NULL), 1, "so are waiting ones");
	is_int(authmap_lookup(am, "192.0.2.21", NULL), 0, "not half a one");
	ok(strstr(scratch_log, "1 lines that are no record") != NULL,
	    "garbage is logged in a line");
	ok(!is_there("relay.pending") && !is_there("relay.draining"),
	    "nothing is left");
}

/* Many changes in one batch, some of the same key, to entries there already. */
static void
batches(void)
{
	struct authmap_entry entry;
	char text[512];

	(void)record("10.0.0.1", "joe");
	(void)record("10.0.0.2", "joe");
	(void)authmap_remove(am, "10.0.0.2", NULL);
	scratch_now += 60;
	(void)snprintf(text, sizeof text,
	    "+ 10.0.0.1 %010lld %010lld imap joe\n"
	    "= 10.0.0.2 %010lld %010lld imap joe\n"
	    "= 10.0.0.1 %010lld %010lld imap joe\n",
	    (long long)scratch_now + 1800, (long long)scratch_now,
	    (long long)scratch_now + 1800, (long long)scratch_now,
	    (long long)scratch_now + 1810, (long long)scratch_now + 10);
	(void)scratch_file("relay.pending", text);
	is_int(record("10.0.0.3", "joe"), AUTHMAP_GRANTED, "a batch");
	is_int(authmap_lookup(am, "10.0.0.1", &entry), 1, "the first is there");
	is_int(entry.last, scratch_now + 10, "  as its last change has it");
	is_int(authmap_lookup(am, "10.0.0.2", NULL), 0,
	    "the other stays removed");
	(void)snprintf(text, sizeof text,
	    "+ 10.0.0.2 %010lld %010lld imap joe\n"
	    "= 10.0.0.2 %010lld %010lld imap joe\n",
	    (long long)scratch_now + 1800, (long long)scratch_now,
	    (long long)scratch_now + 1801, (long long)scratch_now + 1);
	(void)scratch_file("relay.pending", text);
	scratch_now += 20;
	is_int(record("10.0.0.3", "joe"), AUTHMAP_REFRESHED, "a batch");
	is_int(authmap_lookup(am, "10.0.0.2", &entry), 1,
	    "a login and a refresh bring back what was removed");
	is_int(entry.last, scratch_now - 19, "  both of them");
}

/* Logins that wait were before a removal, whatever else was left over. */
static void
removing_waiting(void)
{
	char text[128];

	(void)record("10.0.0.20", "joe");
	(void)snprintf(text, sizeof text, "+ 10.0.0.20 %010lld %010lld imap "
	    "joe\n", (long long)scratch_now + 1800, (long long)scratch_now);
	(void)scratch_file("relay.pending", text);
	(void)snprintf(text, sizeof text, "+ 10.0.0.21 %010lld %010lld imap "
	    "amy\n", (long long)scratch_now + 1800, (long long)scratch_now);
	(void)scratch_file("relay.draining", text);
	is_int(authmap_remove(am, "10.0.0.20", NULL), 1,
	    "a removal, while a login before it waits behind what was left");
	is_int(authmap_lookup(am, "10.0.0.20", NULL), 0,
	    "  is not undone by it");
	is_int(authmap_lookup(am, "10.0.0.21", NULL), 1,
	    "  and what was left is stored");
	ok(!pending_there(am), "  nothing is left");
}

/* A file that was left by a dead holder counts for a removal, too. */
static void
removing_left_over(void)
{
	char text[128];

	(void)snprintf(text, sizeof text, "+ 10.0.0.9 %010lld %010lld imap "
	    "joe\n", (long long)scratch_now + 1800, (long long)scratch_now);
	(void)scratch_file("relay.draining", text);
	is_int(authmap_remove(am, "10.0.0.9", NULL), 1,
	    "what a dead holder left is removed");
	is_int(authmap_lookup(am, "10.0.0.9", NULL), 0, "  for good");
	(void)scratch_file("relay.pending", "garbage\nand more\n");
	(void)record("10.0.0.8", "joe");
	ok(strstr(scratch_log, "holds no record; kept as") != NULL,
	    "a pending file that is garbage is set aside");
}

/* More than can be stored in lock_timeout is stored by and by. */
static void
large_batch(void)
{
	char *text = malloc(1024 * 1024);
	size_t len = 0;
	int logins = 0;

	for (int i = 0; text != NULL && len < 1000 * 1024; i++)
		len += (size_t)snprintf(text + len, 100, "+ 10.7.%d.%d %010lld "
		    "%010lld imap user%d\n", i / 256, i % 256,
		    (long long)scratch_now + 1800, (long long)scratch_now,
		    i % 100);
	(void)scratch_file("relay.pending", text);
	free(text);
	am->config.lock_timeout = 5;
	while (logins < 10000 && pending_there(am)) {
		(void)record("10.0.0.8", "joe");
		logins++;
	}
	am->config.lock_timeout = 500;
	ok(logins > 1 && logins < 10000,
	    "a full pending file is stored, a part each time");
	is_int(authmap_lookup(am, "10.7.0.0", NULL), 1, "  its first");
	is_int(authmap_lookup(am, "10.7.70.0", NULL), 1, "  and its last");
}

/* What is removed before it was brought back is not brought back. */
static void
removed_before_restored(void)
{
	char text[128];

	(void)snprintf(text, sizeof text, "= 10.0.0.15 %010lld %010lld imap "
	    "joe\n", (long long)scratch_now + 1800, (long long)scratch_now - 1);
	(void)scratch_file("state/relay.saved", text);
	(void)scratch_file("relay.restore", "");
	is_int(authmap_remove(am, "10.0.0.15", NULL), 0, "not in the map yet");
	is_int(refresh("10.0.0.15", "joe"), AUTHMAP_REMOVED,
	    "  but removed all the same");
	(void)unlink(am->files.restore);
	(void)unlink(am->files.saved);
}

static int
count(const struct authmap_entry *entry, void *arg)
{
	(void)entry;
	++*(int *)arg;
	return 0;
}

static void
prefixes(void)
{
	int n = 0;

	authmap_free(am);
	am = scratch_authmap("ipv6_prefix = 64\nstatic = 203.0.113.0/24\n");
	(void)unlink(am->files.map);
	(void)unlink(am->files.saved);
	is_int(record("2001:db8:1:2::7", "joe"), AUTHMAP_GRANTED, "IPv6 /64");
	is_int(authmap_lookup(am, "2001:db8:1:2:ffff::1", NULL), 1,
	    "its neighbour may relay");
	is_int(authmap_lookup(am, "2001:db8:1:3::7", NULL), 0, "no other");
	is_int(authmap_walk(am, count, &n), 0, "the map is walked");
	is_int(n, 1, "  one entry");
	is_int(authmap_remove(am, "2001:db8:1:2::/64", NULL), 1,
	    "removed by its key");
	is_int(authmap_lookup(am, "203.0.113.9", NULL), 1, "static networks");
}

int
main(void)
{
	am = scratch_authmap("");
	granting();
	removing();
	waiting();
	unlocked();
	left_over();
	batches();
	removing_left_over();
	removing_waiting();
	removed_before_restored();
	retrying();
	waiting_late();
	large_batch();
	prefixes();
	authmap_free(am);
	return tap_done();
}
