/* What a sweep drops, keeps, saves and brings back, by a clock of ours. */
#include <sys/wait.h>

#include <fcntl.h>

#include "store/journal.h"
#include "store/commit.h"
#include "store/map.h"
#include "sweeper/sweep.h"
#include "scratch.h"
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
	return sweep_pass(am, &sweep, &report);
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

	is_int(pass(), 0, "the first pass makes a map");
	is_int(map_inode() != 0, 1, "  it is there");
	login_at("192.0.2.1", 1000, AUTHMAP_GRANTED);
	login_at("192.0.2.2", 0, AUTHMAP_GRANTED);
	inode = map_inode();
	is_int(pass(), 0, "a pass");
	is_int(report.entries, 2, "  keeps what is valid");
	ok(map_inode() == inode, "  and publishes nothing");
	scratch_now += 800;
	is_int(pass(), 0, "later");
	is_int(report.dropped, 1, "  drops what is over");
	is_int(report.entries, 1, "  and only that");
	is_int(authmap_lookup(am, "192.0.2.2", NULL), 1, "  really");
	is_int(authmap_remove(am, "192.0.2.2", NULL), 1, "a removed one");
	(void)pass();
	is_int(report.entries, 0, "  does not count");
	is_int(report.dropped, 0, "  but is kept");
	scratch_now += 86400;
	(void)pass();
	is_int(report.dropped, 1, "  for a day");
}

static void
clocks(void)
{
	struct authmap_entry entry;

	login_at("192.0.2.3", 0, AUTHMAP_GRANTED);
	scratch_now -= 3600;
	is_int(authmap_lookup(am, "192.0.2.3", NULL), 0, "the clock set back");
	(void)pass();
	is_int(authmap_lookup(am, "192.0.2.3", &entry), 1,
	    "a sweep pulls the entry back, too");
	is_int(entry.expires, scratch_now + 1800, "  to a window from now");
	scratch_now += 7200;
	(void)pass();
	is_int(report.dropped, 1, "set forward, it is over");
}

static void
saving(void)
{
	login_at("192.0.2.4", 0, AUTHMAP_GRANTED);
	is_int(pass(), 0, "a pass");
	ok(report.saved, "  saves");
	(void)unlink(am->files.map);
	is_int(pass(), 0, "the map is lost");
	is_int(authmap_lookup(am, "192.0.2.4", NULL), 1, "  and comes back");
	(void)scratch_file("state/relay.saved", "garbage\n\n= x\n");
	(void)unlink(am->files.map);
	is_int(pass(), 0, "a saved state that is garbage");
	is_int(report.entries, 0, "  lets in nobody");
	(void)scratch_file("relay.pending",
	    "\n+ 192.0.2.5 9999999999 9999999990 imap joe\n");
	is_int(pass(), 0, "a pending record from the far future");
	is_int(report.entries, 1, "  is a grant");
	scratch_now += 1800;
	(void)pass();
	is_int(report.entries, 0, "  but for its window only");
}

/* The map was begun anew by one who could not read the saved state. */
static void
restoring(void)
{
	char text[128];

	(void)snprintf(text, sizeof text, "= 192.0.2.6 %010lld %010lld imap "
	    "joe\n= 192.0.2.7 %010lld %010lld imap joe\n",
	    (long long)scratch_now + 900, (long long)scratch_now - 900,
	    (long long)scratch_now + 900, (long long)scratch_now - 900);
	login_at("192.0.2.7", 0, AUTHMAP_GRANTED);
	(void)scratch_file("state/relay.saved", text);
	(void)scratch_file("relay.restore", "");
	is_int(pass(), 0, "a restore that was asked for");
	is_int(report.entries, 2, "  is done");
	ok(access(am->files.restore, F_OK) == -1, "  once");
}

static void
broken(void)
{
	is_int(pass(), 0, "saved");
	(void)scratch_file("relay.gdbm", "this is no gdbm file at all, "
	    "but is of some length, so that it can be read as a header");
	is_int(pass(), 0, "a broken map is mended by a sweep");
	ok(strstr(scratch_log, "kept as") != NULL, "  which says so");
	is_int(authmap_lookup(am, "192.0.2.6", NULL), 1, "  from what it saved");
}

/* Enough entries for a sweep to take a while. */
static void
fill(int count, time_t ago)
{
	struct writer w;
	struct map *map;

	writer_begin(&w, am, lock_try(am), NEVER);
	if (map_create(&map, am, am->files.fresh) != MAP_OK)
		errx(1, "%s", map_error());
	for (int i = 0; i < count; i++) {
		char key[AUTHMAP_ADDRESS_SIZE];
		struct record record;

		(void)snprintf(key, sizeof key, "10.0.%d.%d", i / 256, i % 256);
		record_fill(&record, scratch_now - ago, 1800, "imap", "joe");
		(void)map_put(map, key, &record);
	}
	if (map_close(map) != MAP_OK ||
	    writer_publish(&w, am->files.fresh) != MAP_OK)
		errx(1, "%s", map_error());
	writer_end(&w);
}

/* What writers do while a sweep copies is not lost. */
static void
meanwhile(void)
{
	struct authmap_entry entry;
	int status = -1, during;
	pid_t sweeper;

	fill(30000, 1799);
	login_at("10.0.0.1", 0, AUTHMAP_REFRESHED);
	scratch_now += 1;
	sweeper = fork();
	if (sweeper == 0)
		_exit(sweep_pass(am, &sweep, &report) == 0 ? 0 : 1);
	for (int i = 0; i < 5000 && access(am->files.swept, F_OK) == -1; i++)
		(void)usleep(1000);
	(void)usleep(5000);
	scratch_now += 1;
	login_at("10.0.0.2", 0, AUTHMAP_GRANTED);
	login_at("192.0.2.9", 0, AUTHMAP_GRANTED);
	is_int(authmap_remove(am, "10.0.0.1", NULL), 1, "a removal");
	during = access(am->files.changes, F_OK) == 0 &&
	    waitpid(sweeper, &status, WNOHANG) == 0;
	ok(during, "all that while a sweep is at work");
	if (during)
		(void)waitpid(sweeper, &status, 0);
	is_int(status, 0, "it ends well");
	is_int(authmap_lookup(am, "10.0.0.2", &entry), 1,
	    "what was refreshed is there");
	is_int(entry.last, scratch_now, "  as it was refreshed");
	is_int(authmap_lookup(am, "192.0.2.9", NULL), 1,
	    "what was granted is there");
	is_int(authmap_lookup(am, "10.0.0.1", NULL), 0,
	    "what was removed is not");
	(void)pass();
	is_int(report.entries, 2, "and what was over is gone");
	ok(access(am->files.changes, F_OK) == -1 &&
	    access(am->files.swept, F_OK) == -1, "nothing is left");
}

/* Notes that KEY will have RECORD, and is killed before it does it. */
static void
killed_after_note(const char *key, const struct record *record)
{
	struct writer w;
	int lock = lock_try(am);

	if (lock == -1)
		errx(1, "no lock");
	writer_begin(&w, am, lock, NEVER);
	ok(w.changes != -1, "during a sweep");
	changes_note(am, w.changes, key, record);
	writer_end(&w);
}

/* The clock of a sweep, to which others come as soon as it notes changes. */
static time_t
interrupted_clock(time_t *t)
{
	struct record gone = { .service = "imap", .user = "joe" }, come;

	(void)t;
	if (access(am->files.changes, F_OK) == -1)
		return scratch_now;
	am->clock = scratch_clock;
	gone.last = scratch_now;
	killed_after_note("10.0.1.1", &gone);
	login_at("10.0.1.1", 0, AUTHMAP_REFRESHED);
	record_fill(&come, scratch_now, 1800, "imap", "eve");
	killed_after_note("10.0.1.3", &come);
	is_int(authmap_remove(am, "10.0.1.3", NULL), 0, "not there");
	return scratch_now;
}

/* What was noted, but not done, does not come over what was done later. */
static void
noted_only(void)
{
	fill(1, 1799);
	login_at("10.0.1.1", 0, AUTHMAP_GRANTED);
	scratch_now += 1;
	login_at("10.0.1.1", 0, AUTHMAP_REFRESHED);
	am->clock = interrupted_clock;
	is_int(pass(), 0, "a sweep, with killed writers meanwhile");
	ok(am->clock == scratch_clock, "  really");
	is_int(authmap_lookup(am, "10.0.1.1", NULL), 1,
	    "a login after a removal that was killed counts");
	is_int(authmap_lookup(am, "10.0.1.3", NULL), 0,
	    "a removal after a login that was killed counts");
}

/* Any bit of the map turned over: a sweep or two, and all is well. */
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
		at = (off_t)(seed / 8) % st.st_size;
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
	is_int(sizes, 300, "300 maps with one bit turned over");
	is_int(unwell, 0, "  each is mended by a sweep, or does no harm");
}

/* A saved state that cannot be read does not keep the sweeper from its work. */
static void
unreadable(void)
{
	(void)unlink(am->files.map);
	(void)unlink(am->files.saved);
	(void)mkdir(am->files.saved, 0700);
	memset(&sweep, 0, sizeof sweep);
	(void)pass();
	memset(&sweep, 0, sizeof sweep);
	is_int(pass(), 0, "a folder in the place of the saved state");
	ok(report.saved, "  is set aside, and the state saved");
}

/* What is no key of ours is not shown, and goes. */
static void
foreign_key(void)
{
	char line[4096];

	(void)snprintf(line, sizeof line, "printf 'store \"x\\ty\" "
	    "\"1700090000 1700080000 imap joe\"\\n' | gdbmtool %s >%s/out "
	    "2>&1", am->files.map, scratch);
	is_int(system(line), 0, "a key that is no address");
	memset(&sweep, 0, sizeof sweep);
	(void)pass();
	ok(report.dropped >= 1, "  is dropped");
}

/* A sweeper was killed in the middle. */
static void
killed(void)
{
	(void)scratch_file("relay.changes", "");
	(void)scratch_file("relay.swept", "half a map");
	(void)scratch_file("relay.fresh", "half a map");
	(void)scratch_file("relay.pending.0123abcd", "");
	is_int(system("touch -d @1000000000 $S/relay.pending.0123abcd"), 0,
	    "a writer, too");
	is_int(pass(), 0, "a pass after one that was killed");
	ok(access(am->files.changes, F_OK) == -1 &&
	    access(am->files.swept, F_OK) == -1 &&
	    access(am->files.fresh, F_OK) == -1, "  clears up after it");
	is_int(system("ls $S | grep -c 'pending\\.' >/dev/null"), 256,
	    "  and after the writer");
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
	is_int(pass(), 0, "many are over");
	(void)stat(am->files.map, &after);
	ok(after.st_size * 10 < before.st_size, "  and the file is small again");
}

int
main(void)
{
	am = scratch_authmap("");
	(void)setenv("S", scratch, 1);
	dropping();
	clocks();
	saving();
	restoring();
	broken();
	meanwhile();
	noted_only();
	killed();
	foreign_key();
	flipped();
	unreadable();
	sparse();
	authmap_free(am);
	return tap_done();
}
