/* SPDX-License-Identifier: ISC */
/* What a sweep removes, keeps, saves and restores, with a clock of the test. */
#include <sys/wait.h>

#include <fcntl.h>

#include "base/clock.h"
#include "scratch.h"
#include "store/map-rebuild.h"
#include "store/writer.h"
#include "sweeper/sweep.h"
#include "tap.h"

static struct authmap *am;
static struct sweep sweep;
static struct sweep_report report;

static void
login_at(const char *address, time_t ago, enum authmap_result wanted)
{
	const struct authmap_login l = { .address = address,
	    .user = "joe", .service = "imap" };

	scratch_now -= ago;
	is_int(authmap_record(am, &l), wanted, address);
	scratch_now += ago;
}

static int
pass(void)
{
	scratch_log[0] = '\0';
	return sweep_run(am, &sweep, &report);
}

/* Return whether the map has a record of ADDRESS, be it a tombstone. */
static bool
in_map(const char *address)
{
	struct map *map;
	struct record record;
	bool found;

	if (map_open(&map, am->files.map, MAP_READ) != MAP_OK)
		return false;
	found = map_get(map, address, &record) == MAP_OK;
	map_close(map);
	return found;
}

static ino_t
map_inode(void)
{
	struct stat st;

	return stat(am->files.map, &st) == 0 ? st.st_ino : 0;
}

static void
dropping(void)
{
	ino_t inode;

	is_int(pass(), 0, "the first sweep makes a map");
	is_int(map_inode() != 0, 1, "  which exists");
	login_at("192.0.2.1", 1000, AUTHMAP_GRANTED);
	login_at("192.0.2.2", 0, AUTHMAP_GRANTED);
	inode = map_inode();
	is_int(pass(), 0, "a pass");
	is_int(report.entries, 2, "  keeps valid entries");
	ok(map_inode() == inode, "  and makes no new file");
	scratch_now += 800;
	is_int(pass(), 0, "later");
	is_int(report.expired, 1, "  removes expired entries");
	is_int(report.entries, 1, "  and only those");
	is_int(authmap_lookup(am, "192.0.2.2", NULL), 1, "  really");
	is_int(authmap_remove(am, "192.0.2.2", NULL), 1, "a removed entry");
	(void)pass();
	is_int(report.entries, 0, "  does not count");
	ok(in_map("192.0.2.2"), "  but its tombstone is kept");
	scratch_now += 86400;
	(void)pass();
	ok(!in_map("192.0.2.2"), "  for a day");
	is_int(report.expired, 0, "  and is not counted as an expired entry");
}

static void
clocks(void)
{
	struct authmap_entry entry;

	login_at("192.0.2.3", 0, AUTHMAP_GRANTED);
	scratch_now -= 3600;
	is_int(authmap_lookup(am, "192.0.2.3", NULL), 0, "the clock is set back");
	(void)pass();
	is_int(authmap_lookup(am, "192.0.2.3", &entry), 1,
	    "a sweep corrects the entry, too");
	is_int(entry.expires, scratch_now + 1800, "  to a window from now");
	scratch_now += 1700;
	(void)pass();
	scratch_now -= 3600;
	is_int(authmap_lookup(am, "192.0.2.3", NULL), 0, "set back once more");
	(void)pass();
	is_int(authmap_lookup(am, "192.0.2.3", &entry), 1,
	    "  it is valid again after a sweep");
	is_int(entry.expires, scratch_now + 1800, "  for a window, no longer");
	scratch_now -= 60;
	is_int(authmap_lookup(am, "192.0.2.3", &entry), 1,
	    "set back by a minute, it is valid all the time");
	(void)pass();
	(void)authmap_lookup(am, "192.0.2.3", &entry);
	is_int(entry.expires, scratch_now + 1860,
	    "  for a window and a minute after a sweep");
	scratch_now += 1860;
	is_int(authmap_lookup(am, "192.0.2.3", NULL), 0, "  and no longer");
	scratch_now += 7200;
	(void)pass();
	is_int(report.expired, 1, "with the clock set forward, it has expired");
}

static void
saving(void)
{
	login_at("192.0.2.4", 0, AUTHMAP_GRANTED);
	is_int(pass(), 0, "a pass");
	ok(report.saved, "  saves");
	(void)unlink(am->files.map);
	is_int(pass(), 0, "the map is lost");
	is_int(authmap_lookup(am, "192.0.2.4", NULL), 1, "  and restored");
	(void)scratch_file("state/relay.saved", "garbage\n\n= x\n");
	(void)unlink(am->files.map);
	is_int(pass(), 0, "a saved state that is garbage");
	is_int(report.entries, 0, "  grants nothing");
}

/* A login makes a map; the saved entries are restored into it. */
static void
restoring(void)
{
	char text[128];

	(void)snprintf(text, sizeof text, "= 192.0.2.6 %010lld %010lld imap "
	    "joe\n= 192.0.2.7 %010lld %010lld imap joe\n",
	    (long long)scratch_now + 900, (long long)scratch_now - 900,
	    (long long)scratch_now + 900, (long long)scratch_now - 900);
	(void)scratch_file("state/relay.saved", text);
	(void)unlink(am->files.map);
	login_at("192.0.2.7", 0, AUTHMAP_GRANTED);
	is_int(authmap_lookup(am, "192.0.2.6", NULL), -1,
	    "before that, a lookup of another address fails");
	is_int(pass(), 0, "a pass");
	is_int(report.entries, 2, "  restores");
	(void)authmap_remove(am, "192.0.2.6", NULL);
	is_int(pass(), 0, "another");
	is_int(report.entries, 1, "  does not do it again");
	login_at("192.0.2.6", 0, AUTHMAP_GRANTED);
}

static void
broken(void)
{
	is_int(pass(), 0, "saved");
	(void)scratch_file("relay.gdbm", "this is no gdbm file at all, "
	    "but is of some length, so that it can be read as a header");
	is_int(pass(), 0, "a damaged map is replaced by a sweep");
	ok(strstr(scratch_log, "moved aside as") != NULL, "  which logs it");
	is_int(authmap_lookup(am, "192.0.2.6", NULL), 1, "  from the saved state");
}

/* Make a map of COUNT entries. */
static void
fill(int count, time_t ago)
{
	struct writer w;

	(void)unlink(am->files.map);
	writer_begin(&w, am, lock_try(am), DEADLINE_NEVER);
	if (writer_map(&w) != MAP_OK || map_restored(w.map) != MAP_OK)
		errx(1, "%s", map_error());
	for (int i = 0; i < count; i++) {
		struct change change = { .op = CHANGE_RESTORE };

		(void)snprintf(change.key, sizeof change.key, "10.0.%d.%d",
		    i / 256, i % 256);
		record_fill(&change.record, scratch_now - ago, 1800, "imap",
		    "joe");
		(void)writer_apply(&w, &change, NULL, NULL);
	}
	writer_end(&w);
}

static bool
keep_all(const char *key, struct record *record, void *arg)
{
	(void)key;
	(void)record;
	(void)arg;
	return true;
}

/* Changes that writers make while a map is copied are not lost. */
static void
meanwhile(void)
{
	struct authmap_entry entry;
	struct map_rebuild rebuild;
	struct map *from;
	struct writer w;

	fill(3000, 1000);
	writer_begin(&w, am, lock_try(am), DEADLINE_NEVER);
	ok(writer_map(&w) == MAP_OK && map_rebuild_mark(w.map) == MAP_OK,
	    "changes are marked from now on");
	is_int(map_rebuild_create(&rebuild, am), MAP_OK, "the next map is created");
	writer_end(&w);
	is_int(map_open(&from, am->files.map, MAP_READ), MAP_OK, "the map");
	is_int(map_rebuild_copy(&rebuild, from, keep_all, NULL), MAP_OK,
	    "  is copied");
	scratch_now += 1;
	login_at("10.0.0.2", 0, AUTHMAP_REFRESHED);
	login_at("192.0.2.9", 0, AUTHMAP_GRANTED);
	is_int(authmap_remove(am, "10.0.0.1", NULL), 1,
	    "an entry is removed meanwhile");
	writer_begin(&w, am, lock_try(am), DEADLINE_NEVER);
	ok(writer_map(&w) == MAP_OK && map_rebuild_publish(&rebuild, &w.map) ==
	    MAP_OK, "the copy is published");
	writer_end(&w);
	map_rebuild_end(&rebuild);
	map_close(from);
	is_int(authmap_lookup(am, "10.0.0.2", &entry), 1,
	    "a refreshed entry is there");
	is_int(entry.last, scratch_now, "  with its new expiry");
	is_int(authmap_lookup(am, "192.0.2.9", NULL), 1,
	    "a granted entry is there");
	is_int(authmap_lookup(am, "10.0.0.1", NULL), 0,
	    "a removed entry is not");
	is_int(pass(), 0, "a pass");
	is_int(report.entries, 3000, "  finds all entries");
	scratch_now += 1000;
	(void)pass();
	is_int(report.entries, 2, "  and later those that have not expired");
	is_int(report.expired, 2998, "  which are all the others");
	ok(!file_exists(am->files.next), "no entry is left");
}

/* Invert any bit of the map: one or two sweeps repair it. */
static void
flipped(void)
{
	unsigned int seed = 1, unwell = 0, sizes = 0;
	struct stat st;

	for (int i = 0; i < 300; i++) {
		int fd;
		char byte;
		off_t at;

		seed = seed * 1103515245 + 12345;
		fill(300, 0);
		fd = open(am->files.map, O_RDWR);
		if (fd == -1 || fstat(fd, &st) == -1)
			err(1, "%s", am->files.map);
		/* The file is a hole from the beginning of the arena. */
		at = (off_t)(seed / 8) % (256 * 1024);
		(void)pread(fd, &byte, 1, at);
		byte ^= (char)(1 << (i % 8));
		(void)pwrite(fd, &byte, 1, at);
		(void)close(fd);
		sizes += st.st_size > 0;
		memset(&sweep, 0, sizeof sweep);
		(void)pass();
		memset(&sweep, 0, sizeof sweep);
		if (pass() != 0 || authmap_lookup(am, "192.0.2.77", NULL) != 0)
			unwell++;
	}
	is_int(sizes, 300, "300 maps with one inverted bit");
	is_int(unwell, 0, "  a sweep repairs each, or it does no harm");
}

/* A saved state that cannot be read does not stop the sweeper. */
static void
unreadable(void)
{
	(void)unlink(am->files.map);
	(void)unlink(am->files.saved);
	(void)mkdir(am->files.saved, 0700);
	memset(&sweep, 0, sizeof sweep);
	(void)pass();
	memset(&sweep, 0, sizeof sweep);
	is_int(pass(), 0, "a folder in place of the saved state");
	ok(report.saved, "  is moved aside, and the state is saved");
}

/* Entries that gdbmtool stores are kept; other values are not. */
static void
foreign(void)
{
	char line[4096];

	(void)snprintf(line, sizeof line, "printf 'store \"x\\ty\" "
	    "\"1700090000 1700080000 imap joe\"\nstore \"192.0.2.88\" "
	    "\"%010lld %010lld imap joe\"\n' | gdbmtool %s >%s/out 2>&1",
	    (long long)scratch_now + 900, (long long)scratch_now,
	    am->files.map, scratch);
	is_int(system(line), 0, "a foreign program writes into the map");
	is_int(authmap_lookup(am, "192.0.2.88", NULL), 1, "  which a lookup finds");
	login_at("192.0.2.89", 0, AUTHMAP_GRANTED);
	is_int(authmap_lookup(am, "192.0.2.88", NULL), 1,
	    "  and the next login keeps it in a new file");
	(void)snprintf(line, sizeof line, "test \"$(printf 'list\\n' | "
	    "gdbmtool -r %s | grep -c 'x')\" = 0", am->files.map);
	is_int(system(line), 0, "  without a key that is no address");
}

/* A sweeper or a writer was killed at work. */
static void
killed(void)
{
	(void)scratch_file("relay.gdbm.new", "half a map");
	is_int(pass(), 0, "a sweep after one that was killed");
	ok(!file_exists(am->files.next), "  removes its files");
}

static void
sparse(void)
{
	struct stat before, after;
	char address[32];

	for (int i = 0; i < 4000; i++) {
		const struct authmap_login l = { .address = address,
		    .user = "joe", .service = "imap" };

		(void)snprintf(address, sizeof address, "10.0.%d.%d", i / 256,
		    i % 256);
		(void)authmap_record(am, &l);
	}
	(void)stat(am->files.map, &before);
	scratch_now += 1801;
	is_int(pass(), 0, "many entries have expired");
	(void)stat(am->files.map, &after);
	ok(after.st_blocks * 4 < before.st_blocks,
	    "  and the file is small again");
}

int
main(void)
{
	am = scratch_authmap("max_per_user = off\n");
	(void)setenv("S", scratch, 1);
	dropping();
	clocks();
	saving();
	restoring();
	broken();
	meanwhile();
	killed();
	foreign();
	flipped();
	unreadable();
	sparse();
	authmap_free(am);
	return tap_done();
}
