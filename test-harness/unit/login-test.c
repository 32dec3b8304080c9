/* SPDX-License-Identifier: ISC */
/* The writers' protocol, in one process that plays several. */
#include "base/clock.h"
#include "store/lock.h"
#include "logins.h"
#include "sweeper/sweep.h"
#include "tap.h"
#include "store/writer.h"

static void
sweep(void)
{
	struct sweep memory = { .scanned_at = 0 };
	struct sweep_report report;

	is_int(sweep_run(am, &memory, &report), 0, "a sweep");
}

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

	is_int(authmap_lookup(am, "192.0.2.1", NULL), -1,
	    "without a map, a lookup fails");
	is_int(authmap_walk(am, any, NULL), -1, "  and so does a list");
	ok(strstr(scratch_log, "relay.gdbm: cannot be read: it does not exist: "
	    "start authmap-sweeper") != NULL, "  which is logged");
	is_int(record("192.0.2.1", "joe"), AUTHMAP_GRANTED, "a login");
	is_int(authmap_lookup(am, "192.0.2.1", &entry), 1, "may relay");
	is_str(entry.user, "joe", "  its user is known");
	is_int(entry.expires, scratch_now + 1800, "  and its expiry");
	inode = map_inode();
	scratch_now += 10;
	is_int(record("192.0.2.1", "joe"), AUTHMAP_REFRESHED, "once more");
	ok(map_inode() == inode, "  is stored in place");
	(void)authmap_lookup(am, "192.0.2.1", &entry);
	is_int(entry.expires, scratch_now + 1800, "  for longer");
	is_int(record("192.0.2.1", "amy"), AUTHMAP_GRANTED, "another user");
	ok(map_inode() == inode, "  is stored in place, too");
	is_int(record("127.0.0.1", "joe"), AUTHMAP_EXCLUDED,
	    "loopback is not recorded");
	is_int(record("::ffff:127.0.0.1", "joe"), AUTHMAP_EXCLUDED,
	    "nor mapped");
	is_int(record("unknown", "joe"), AUTHMAP_FAILED,
	    "text that is no address is not recorded");
	ok(strstr(scratch_log, "\"unknown\" is not an address") != NULL,
	    "  which is logged");
	is_int(authmap_lookup(am, "unknown", NULL), -1, "  nor found");
	ok(!is_there("relay.gdbm.new"), "no other file is left beside the map");
}

static void
removing(void)
{
	struct authmap_entry entry;

	(void)record("192.0.2.2", "bob");
	is_int(authmap_remove(am, "192.0.2.2", &entry), 1, "removed");
	is_str(entry.user, "bob", "  and the removed record is returned");
	is_int(authmap_lookup(am, "192.0.2.2", NULL), 0,
	    "  the address may not relay any more");
	is_int(authmap_remove(am, "192.0.2.2", NULL), 0, "only once");
	scratch_now += 60;
	is_int(refresh("192.0.2.2", "bob"), AUTHMAP_REMOVED,
	    "a session does not bring it back");
	is_int(authmap_lookup(am, "192.0.2.2", NULL), 0, "  really");
	is_int(record("192.0.2.2", "bob"), AUTHMAP_GRANTED, "a login does");
	is_int(authmap_lookup(am, "192.0.2.2", NULL), 1, "  really");
	is_int(refresh("192.0.2.3", "eve"), AUTHMAP_FAILED,
	    "a session adds no entry to a map that is not restored yet");
	ok(strstr(scratch_log, "not restored yet") != NULL, "  which is logged");
	sweep();
	is_int(refresh("192.0.2.3", "eve"), AUTHMAP_GRANTED,
	    "  but it does to a restored one");
	save_state();
	(void)unlink(am->files.map);
	is_int(refresh("198.51.100.3", "gone"), AUTHMAP_FAILED,
	    "a removed entry does not come back after the map was lost");
	sweep();
	is_int(refresh("198.51.100.3", "gone"), AUTHMAP_REMOVED,
	    "  nor one whose tombstone is in the saved state");
}

/* Refresh ADDRESS by the session of joe, who logged in SECS ago.  Return the expiry
 * of its entry, in seconds from now. */
static long
left_after(const char *address, time_t secs)
{
	struct authmap_entry entry = { .expires = 0 };

	is_int(refresh_since(address, "joe", scratch_now - secs),
	    AUTHMAP_REFRESHED, "a session's refresh");
	(void)authmap_lookup(am, address, &entry);
	return (long)(entry.expires - scratch_now);
}

/* A refresh that comes soon after the login is not written; the window is 1800
 * seconds. */
static void
fresh(void)
{
	int lock;

	is_int(record("192.0.2.8", "joe"), AUTHMAP_GRANTED, "a login");
	lock = lock_try(am);
	scratch_now += 59;
	is_int(left_after("192.0.2.8", 59), 1741,
	    "within a minute it is not written, and does not wait for the lock");
	lock_drop(lock);
	scratch_now++;
	is_int(left_after("192.0.2.8", 60), 1800, "  after a minute it is");
	scratch_now += 10;
	is_int(left_after("192.0.2.8", -10), 1800,
	    "  also if the clock was set back since");
	am->config.window = 160;
	is_int(record("192.0.2.9", "joe"), AUTHMAP_GRANTED, "a short window");
	scratch_now += 9;
	is_int(left_after("192.0.2.9", 9), 151,
	    "  it is not written within a sixteenth of it");
	scratch_now++;
	is_int(left_after("192.0.2.9", 10), 160, "  not more");
	am->config.window = 1800;
	is_int(refresh("192.0.2.9", "joe"), AUTHMAP_REFRESHED,
	    "without the time of the login, it is always written");
	is_int(left_after("192.0.2.9", 10), 1800, "  so is its expiry");
}

/* The clock is set back each time that it is read. */
static time_t
falling_clock(time_t *t)
{
	scratch_now -= 10;
	return scratch_clock(t);
}

/* A login that is recorded late counts with its own time. */
static void
retrying(void)
{
	struct authmap_entry entry;
	time_t first = scratch_now;

	scratch_now += 60;
	is_int(retry("192.0.2.4", "joe", first), AUTHMAP_GRANTED,
	    "a login is recorded late");
	(void)authmap_lookup(am, "192.0.2.4", &entry);
	is_int(entry.last, scratch_now, "  its session refreshes the entry");
	is_int(entry.expires, scratch_now + 1800, "  and it may relay for a window");
	scratch_now += 7200;
	is_int(retry("192.0.2.5", "joe", first), AUTHMAP_GRANTED,
	    "a login is recorded later than a window");
	(void)authmap_lookup(am, "192.0.2.5", &entry);
	is_int(entry.expires, scratch_now + 1800, "  for a window from now");

	first = scratch_now;
	is_int(authmap_remove(am, "192.0.2.6", NULL), 0,
	    "an address that is not in the map can be removed");
	scratch_now += 10;
	is_int(retry("192.0.2.6", "joe", first), AUTHMAP_REMOVED,
	    "  a retried login of that second is not recorded");
	is_int(retry("192.0.2.6", "joe", first - 60), AUTHMAP_REMOVED,
	    "  nor is an earlier one");
	is_int(authmap_lookup(am, "192.0.2.6", NULL), 0, "  really");
	is_int(retry("192.0.2.6", "joe", scratch_now + 900), AUTHMAP_REMOVED,
	    "after the clock was set back, a removal may be later than a login");
	is_int(retry("192.0.2.66", "joe", scratch_now + 900), AUTHMAP_GRANTED,
	    "  but one from an address that was not removed is recorded");
	(void)authmap_lookup(am, "192.0.2.66", &entry);
	is_int(entry.last, scratch_now, "  its session refreshes the entry");
	is_int(entry.expires, scratch_now + 1800, "  and it may relay for a window");
	(void)authmap_remove(am, "192.0.2.6", NULL);
	is_int(retry("192.0.2.6", "joe", scratch_now), AUTHMAP_REMOVED,
	    "  but no retried login counts as later than a removal of that second");
	is_int(retry("192.0.2.6", "joe", first + 5), AUTHMAP_REMOVED,
	    "removed again, the later removal counts");
	scratch_now += 10;
	is_int(retry("192.0.2.6", "joe", scratch_now - 5), AUTHMAP_GRANTED,
	    "a login after the removal is recorded late");
	is_int(retry("192.0.2.7", "joe", scratch_now - 24 * 3600),
	    AUTHMAP_REMOVED, "after a day a removal may be forgotten");
	is_int(authmap_lookup(am, "192.0.2.7", NULL), 0,
	    "  the login is not recorded");
	first = scratch_now;
	is_int(authmap_remove(am, "192.0.2.8", NULL), 0, "an address is removed");
	am->clock = falling_clock;
	is_int(retry("192.0.2.8", "joe", first - 5), AUTHMAP_REMOVED,
	    "  a retry during which the clock is set back does not bring it back");
	am->clock = scratch_clock;
	scratch_now = first;
}

/* While another process holds the lock, nothing is recorded. */
static void
locked(void)
{
	int lock = lock_try(am);

	ok(lock != -1 && lock_try(am) == -1, "the lock has one holder");
	am->config.lock_timeout = 50;
	is_int(record("192.0.2.10", "joe"), AUTHMAP_FAILED,
	    "a login that waits too long is not recorded");
	am->config.lock_timeout = 10000;
	ok(strstr(scratch_log, "another process holds it") != NULL,
	    "  which is logged");
	lock_drop(lock);
	is_int(record("192.0.2.10", "joe"), AUTHMAP_GRANTED,
	    "it is recorded at the next try");
}

/* The lock's file is replaced while it is held: the map's own lock remains. */
static void
replaced_lock(void)
{
	struct writer w;
	int lock = lock_try(am);

	writer_begin(&w, am, lock, DEADLINE_NEVER);
	is_int(writer_map(&w), MAP_OK, "a writer has opened the map");
	(void)unlink(am->files.lock);
	am->config.lock_timeout = 50;
	is_int(record("192.0.2.30", "joe"), AUTHMAP_FAILED,
	    "another writer has a new relay.lock, and waits for the map's lock");
	ok(strstr(scratch_log, "another process holds it") != NULL,
	    "  which is logged");
	am->config.lock_timeout = 10000;
	writer_end(&w);
	is_int(record("192.0.2.30", "joe"), AUTHMAP_GRANTED, "  and gets it");
}

/* Files of authmap 0.1 are stored, or removed. */
static void
leftovers(void)
{
	static const char *const name[] = { "relay.changes", "relay.fresh",
	    "relay.swept", "relay.users", "relay.users-next", "relay.waits",
	    "relay.restore", "relay.pending", "relay.draining" };
	char text[128];

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		(void)scratch_file(name[i], "anything\n");
	(void)snprintf(text, sizeof text, "+ 192.0.2.20 %010lld %010lld imap "
	    "joe\nthis is no record\n+ 192.0.2.21 17000",
	    (long long)scratch_now + 900, (long long)scratch_now);
	(void)scratch_file("relay.pending", text);
	sweep();
	is_int(authmap_lookup(am, "192.0.2.20", NULL), 1,
	    "a login that 0.1 left is stored");
	is_int(authmap_lookup(am, "192.0.2.21", NULL), 0, "half a line is not");
	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		ok(!is_there(name[i]), name[i]);
}

/* An entry that is removed before it is restored is not restored. */
static void
removed_before_restored(void)
{
	char text[128];

	(void)snprintf(text, sizeof text, "= 10.0.0.15 %010lld %010lld imap "
	    "joe\n", (long long)scratch_now + 1800, (long long)scratch_now - 1);
	(void)scratch_file("state/relay.saved", text);
	(void)unlink(am->files.map);
	is_int(authmap_remove(am, "10.0.0.15", NULL), 0, "not in the map yet");
	sweep();
	is_int(authmap_lookup(am, "10.0.0.15", NULL), 0,
	    "  and not restored after that");
	is_int(refresh("10.0.0.15", "joe"), AUTHMAP_REMOVED,
	    "  nor brought back by a session");
	(void)unlink(am->files.saved);
}

/* A retried login does not undo a removal of which only the saved state knows. */
static void
removed_before_lost(void)
{
	time_t first = scratch_now;

	scratch_now += 5;
	is_int(authmap_remove(am, "10.0.0.16", NULL), 0,
	    "an address is removed after a login that was not recorded");
	sweep();
	(void)unlink(am->files.map);
	is_int(retry("10.0.0.16", "joe", first), AUTHMAP_FAILED,
	    "  the map was lost, and a retry waits until it is restored");
	ok(strstr(scratch_log, "10.0.0.16 is not recorded: the map is not "
	    "restored yet") != NULL, "  which is logged");
	is_int(retry("10.0.0.17", "joe", first), AUTHMAP_FAILED,
	    "  so does a retry from an address that was not removed");
	is_int(record("10.0.0.18", "joe"), AUTHMAP_GRANTED,
	    "  a new login is granted");
	sweep();
	is_int(retry("10.0.0.16", "joe", first), AUTHMAP_REMOVED,
	    "after that, the retry finds the removal");
	is_int(retry("10.0.0.17", "joe", first), AUTHMAP_GRANTED,
	    "  and the other one is granted");
}

/* The map is lost each time that the clock is read. */
static time_t
losing_clock(time_t *t)
{
	(void)unlink(am->files.map);
	return scratch_clock(t);
}

/* While the saved state cannot be restored, the logins of 0.1 go on waiting. */
static void
leftovers_wait(void)
{
	struct sweep memory = { .scanned_at = 0 };
	struct sweep_report report;
	char text[128];

	for (int i = 0; i < 300; i++) {
		(void)snprintf(text, sizeof text, "10.1.%d.%d", i / 250, i % 250);
		(void)record(text, "joe");
	}
	sweep();
	(void)snprintf(text, sizeof text, "+ 10.0.0.19 %010lld %010lld imap joe\n",
	    (long long)scratch_now + 900, (long long)scratch_now - 1);
	(void)scratch_file("relay.pending", text);
	am->clock = losing_clock;
	(void)sweep_run(am, &memory, &report);
	am->clock = scratch_clock;
	ok(strstr(scratch_log, "cannot be restored yet") != NULL,
	    "the saved state cannot be restored");
	sweep();
	is_int(authmap_lookup(am, "10.0.0.19", NULL), 1,
	    "  and a login of 0.1 waits until it is");
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
	sweep();
	is_int(record("2001:db8:1:2::7", "joe"), AUTHMAP_GRANTED, "IPv6 /64");
	is_int(authmap_lookup(am, "2001:db8:1:2:ffff::1", NULL), 1,
	    "a neighbour in the network may relay");
	is_int(authmap_lookup(am, "2001:db8:1:3::7", NULL), 0, "no other");
	is_int(authmap_walk(am, count, &n), 0, "the list has the network");
	is_int(n, 1, "  one entry");
	is_int(authmap_remove(am, "2001:db8:1:2::/64", NULL), 1,
	    "it is removed by its key");
	is_int(authmap_lookup(am, "203.0.113.9", NULL), 1,
	    "static networks may relay");
}

int
main(void)
{
	am = scratch_authmap("");
	granting();
	removing();
	fresh();
	locked();
	replaced_lock();
	leftovers();
	removed_before_restored();
	removed_before_lost();
	leftovers_wait();
	retrying();
	prefixes();
	authmap_free(am);
	return tap_done();
}
