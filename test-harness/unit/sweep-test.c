/* What a sweep drops, keeps, saves and brings back, by a clock of ours. */
#include "map.h"
#include "pass.h"
#include "rebuild.h"
#include "changes.h"
#include "scratch.h"
#include "tap.h"

static struct authmap *am;
static struct sweep sweep;
static struct sweep_report report;

static void
login_at(const char *address, time_t ago, enum authmap_result wanted)
{
	const struct authmap_login l = { address, "joe", "imap", 0 };

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

/* What writers do while a sweep copies is not lost. */
static void
meanwhile(void)
{
	struct authmap_entry entry;
	FILE *changes;
	struct writer w;

	login_at("192.0.2.8", 1799, AUTHMAP_GRANTED);
	ok(sweep_lock(am, &w) == 0, "a sweep begins");
	changes = changes_begin(am);
	writer_end(&w);
	login_at("192.0.2.8", 0, AUTHMAP_REFRESHED);
	login_at("192.0.2.9", 0, AUTHMAP_GRANTED);
	is_int(authmap_remove(am, "192.0.2.6", NULL), 1, "a removal");
	ok(changes != NULL && changes_complete(am, changes),
	    "they are noted");
	(void)fclose(changes);
	(void)rename(am->files.changes, am->files.swept);
	is_int(system("test $(grep -c '^! 192.0.2.[689] ' $S/relay.swept) = 3"),
	    0, "  all three");
	scratch_now += 1;
	is_int(rebuild(am), 0, "a whole sweep");
	is_int(authmap_lookup(am, "192.0.2.8", &entry), 1, "the first is there");
	is_int(entry.last, scratch_now - 1, "  as it was refreshed");
	is_int(authmap_lookup(am, "192.0.2.9", NULL), 1, "so is the second");
	is_int(authmap_lookup(am, "192.0.2.6", NULL), 0, "the third is not");
	ok(access(am->files.changes, F_OK) == -1 &&
	    access(am->files.swept, F_OK) == -1, "nothing is left");
}

/* A sweeper was killed in the middle. */
static void
killed(void)
{
	(void)scratch_file("relay.changes", "");
	(void)scratch_file("relay.swept", "half a map");
	is_int(pass(), 0, "a pass after one that was killed");
	ok(access(am->files.changes, F_OK) == -1 &&
	    access(am->files.swept, F_OK) == -1, "  clears up after it");
}

static void
sparse(void)
{
	struct stat before, after;
	char address[32];

	for (int i = 0; i < 4000; i++) {
		const struct authmap_login l = { address, "joe", "imap", 0 };

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
	killed();
	sparse();
	authmap_free(am);
	return tap_done();
}
