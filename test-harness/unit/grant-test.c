/* The writers' protocol, seen from one process that plays several. */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

#include "lock.h"
#include "map.h"
#include "pending.h"
#include "scratch.h"
#include "tap.h"

static struct authmap *am;

static struct authmap_login
login(const char *address, const char *user)
{
	return (struct authmap_login){ address, user, "imap", 0 };
}

static int
record(const char *address, const char *user)
{
	const struct authmap_login l = login(address, user);

	scratch_log[0] = '\0';
	return authmap_record(am, &l);
}

static int
refresh(const char *address, const char *user)
{
	const struct authmap_login l = login(address, user);

	return authmap_refresh(am, &l);
}

static bool
is_there(const char *file)
{
	char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", scratch, file);
	return access(path, F_OK) == 0;
}

static ino_t
map_inode(void)
{
	struct stat st;

	return stat(am->files.map, &st) == 0 ? st.st_ino : 0;
}

static void
granting(void)
{
	struct authmap_entry entry;
	ino_t inode;

	is_int(authmap_lookup(am, "192.0.2.1", NULL), 0, "no map: nobody");
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

/* Saved to come back with a map that was lost. */
static void
save_state(void)
{
	char text[256];

	(void)snprintf(text, sizeof text,
	    "= 198.51.100.1 %010lld %010lld imap joe\n"
	    "= 198.51.100.2 %010lld %010lld imap old\n"
	    "= 198.51.100.3 0000000000 %010lld imap gone\nx\n",
	    (long long)scratch_now + 900, (long long)scratch_now - 900,
	    (long long)scratch_now, (long long)scratch_now - 1800,
	    (long long)scratch_now);
	(void)scratch_file("state/relay.saved", text);
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
		    "%010lld imap joe\n", i / 256, i % 256,
		    (long long)scratch_now + 1800, (long long)scratch_now);
	(void)scratch_file("relay.pending", text);
	free(text);
	while (logins < 100 && pending_there(am)) {
		(void)record("10.0.0.8", "joe");
		logins++;
	}
	ok(logins < 100, "a full pending file is stored, a part each time");
	is_int(authmap_lookup(am, "10.7.0.0", NULL), 1, "  its first");
	is_int(authmap_lookup(am, "10.7.70.0", NULL), 1, "  and its last");
}

/* This process is short of something: that is no reason to lose anything. */
static void
short_of_files(void)
{
	struct rlimit before, few;
	char text[128];
	int lowest = dup(0);

	(void)close(lowest);
	(void)snprintf(text, sizeof text, "+ 10.0.0.10 %010lld %010lld imap "
	    "joe\n", (long long)scratch_now + 1800, (long long)scratch_now);
	(void)scratch_file("relay.pending", text);
	(void)getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	for (int more = 0; more < 4; more++) {
		few.rlim_cur = (rlim_t)(lowest + more);
		(void)setrlimit(RLIMIT_NOFILE, &few);
		(void)record("10.0.0.11", "joe");
		(void)setrlimit(RLIMIT_NOFILE, &before);
	}
	(void)record("10.0.0.11", "joe");
	is_int(authmap_lookup(am, "10.0.0.10", NULL), 1,
	    "too many open files: what was pending is not lost");
}

/* Whoever makes a file first, and with what umask. */
static void
modes(void)
{
	static const char *const name[] = { "relay.gdbm", "relay.lock" };
	mode_t before = umask(077);
	char path[256];
	struct stat st;

	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", scratch, name[i]);
		(void)unlink(path);
		(void)record("10.0.0.12", "joe");
		ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0660,
		    name[i]);
	}
	(void)umask(before);
}

/* A map that claims to be of gigabytes does not hold up a login. */
static void
huge(void)
{
	char line[512];
	deadline begin;

	(void)snprintf(line, sizeof line, "cd %s && truncate -s 2G relay.gdbm &&"
	    " printf '\\0\\0\\0\\200\\0\\0\\0\\0' | dd of=relay.gdbm bs=1 "
	    "seek=32 conv=notrunc 2>/dev/null", scratch);
	is_int(system(line), 0, "a map of two gigabytes");
	begin = deadline_in(0);
	is_int(record("10.0.0.13", "joe"), AUTHMAP_WAITING, "  a login");
	ok(deadline_in(0) - begin < 1000, "  is not held up");
	(void)unlink(am->files.map);
}

/* The disk is full while a map is begun anew from the saved state. */
static void
full_disk(void)
{
	struct rlimit before, few;
	unsigned int bad = 0;

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)getrlimit(RLIMIT_FSIZE, &before);
	for (rlim_t size = 4096; size < 120000; size += 3000) {
		FILE *out;
		char path[256];
		struct map *map;
		enum map_status status;

		(void)snprintf(path, sizeof path, "%s/state/relay.saved",
		    scratch);
		out = fopen(path, "w");
		for (int i = 0; out != NULL && i < 900; i++)
			(void)fprintf(out, "= 10.8.%d.%d %010lld %010lld imap "
			    "joe\n", i / 256, i % 256,
			    (long long)scratch_now + 1800,
			    (long long)scratch_now);
		if (out != NULL)
			(void)fclose(out);
		(void)unlink(am->files.map);
		few = before;
		few.rlim_cur = size;
		(void)setrlimit(RLIMIT_FSIZE, &few);
		(void)record("10.0.0.14", "joe");
		(void)setrlimit(RLIMIT_FSIZE, &before);
		status = map_open(&map, am->files.map, MAP_READ);
		(void)map_close(map);
		if (status != MAP_OK && status != MAP_NONE)
			bad++;
	}
	is_int(bad, 0, "a full disk: a whole map is published, or none");
	(void)unlink(am->files.saved);
	(void)unlink(am->files.pending);
	(void)unlink(am->files.draining);
	(void)record("10.0.0.14", "joe");
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

/* A configuration that could not be read is tried again. */
static void
unread(void)
{
	struct authmap *none = authmap_new("/nonexistent/conf", NULL, NULL,
	    NULL);
	const char *path = scratch_file("other", "window = 1h\n");
	struct authmap *other = authmap_new(path, NULL, NULL, NULL);

	ok(none != NULL && other != NULL, "two configurations");
	is_int(authmap_config_changed(other), 0, "one has not changed");
	(void)usleep(20000);
	(void)chmod(path, 0600);
	is_int(authmap_config_changed(other), 1, "  but now, by its mode");
	authmap_free(none);
	authmap_free(other);
}

/* Without knowing whom to exclude, a proxy might be recorded. */
static void
unsafe(void)
{
	struct authmap *wrong = authmap_new(scratch_file("wrong",
	    "exclude = 192.0.2.1/24\n"), scratch_line, NULL, NULL);
	const struct authmap_login l = login("198.51.100.9", "joe");

	scratch_log[0] = '\0';
	is_int(wrong != NULL ? authmap_record(wrong, &l) : -2, AUTHMAP_FAILED,
	    "a wrong exclude: nobody is recorded");
	ok(strstr(scratch_log, "whom to exclude cannot be read") != NULL,
	    "  which is said");
	authmap_free(wrong);
}

static void
breaks(const char *how, const char *command, const char *said)
{
	char line[512];

	(void)printf("# %s\n", how);
	save_state();
	(void)snprintf(line, sizeof line, "cd %s && %s", scratch, command);
	if (system(line) != 0)
		ok(false, command);
	ok(authmap_lookup(am, "192.0.2.1", NULL) != 1, "nobody is let in");
	is_int(record("192.0.2.30", "joe"), AUTHMAP_GRANTED, "a login goes on");
	ok(strstr(scratch_log, said) != NULL, "one line says what it was");
	if (strstr(scratch_log, said) == NULL)
		(void)printf("# got %s", scratch_log);
	is_int(authmap_lookup(am, "192.0.2.30", NULL), 1, "it may relay");
	is_int(authmap_lookup(am, "198.51.100.1", NULL), 1, "what was saved, "
	    "too");
	is_int(authmap_lookup(am, "198.51.100.2", NULL), 0, "if still valid");
	is_int(refresh("198.51.100.3", "gone"), AUTHMAP_REMOVED,
	    "what was removed stays removed");
}

static void
broken(void)
{
	char command[256];

	breaks("missing", "rm relay.gdbm", "begun anew with 2 entries");
	breaks("empty", ": > relay.gdbm", "an empty file; kept as");
	breaks("cut short", "truncate -s 12288 relay.gdbm", "cut short");
	breaks("cut shorter", "truncate -s 30 relay.gdbm", "kept as");
	breaks("zeroed", "dd if=/dev/zero of=relay.gdbm bs=4096 count=4 "
	    "conv=notrunc 2>/dev/null", "Bad magic number");
	breaks("garbage", "head -c 20000 /dev/urandom > relay.gdbm",
	    "Bad magic number");
	breaks("another's", "cp /bin/sh relay.gdbm", "Bad magic number");
	breaks("foreign byte order", "printf '\\023\\127\\232\\317' | dd "
	    "of=relay.gdbm conv=notrunc 2>/dev/null", "Byte-swapped");
	breaks("its buckets are garbage", "head -c 8192 /dev/urandom | dd "
	    "of=relay.gdbm bs=4096 seek=2 conv=notrunc 2>/dev/null", "kept as");
	breaks("its directory is garbage", "head -c 4096 /dev/urandom | dd "
	    "of=relay.gdbm bs=4096 seek=1 conv=notrunc 2>/dev/null", "kept as");
	breaks("a folder", "rm relay.gdbm && mkdir relay.gdbm",
	    "no plain file");
	breaks("a symbolic link", "rm relay.gdbm && ln -s /etc/passwd "
	    "relay.gdbm", "no plain file");
	breaks("a FIFO", "rm relay.gdbm && mkfifo relay.gdbm", "plain file");
	(void)snprintf(command, sizeof command, "test $(ls -d %s/relay.gdbm."
	    "broken-* | wc -l) -le 3", scratch);
	ok(system(command) == 0, "the last three are kept");
}

static void
planted(const char *how, const char *command)
{
	char line[512];

	(void)snprintf(line, sizeof line, "cd %s && rm -rf $F && %s", scratch,
	    command);
	if (system(line) != 0)
		ok(false, command);
	scratch_now += 1;
	ok(record("192.0.2.40", "joe") >= AUTHMAP_GRANTED &&
	    authmap_lookup(am, "192.0.2.40", NULL) == 1, how);
}

static void
planted_files(void)
{
	static const char *const name[] = { "relay.lock", "relay.pending",
	    "relay.draining", "relay.fresh", "relay.changes" };
	struct stat st;

	(void)record("192.0.2.40", "joe");
	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		(void)setenv("F", name[i], 1);
		(void)printf("# %s\n", name[i]);
		planted("garbage", "head -c 9999 /dev/urandom > $F");
		planted("a link", "echo precious > victim && ln -s victim $F");
		planted("a folder", "mkdir -p $F/in");
		planted("a FIFO", "mkfifo $F");
		planted("a gigabyte", "truncate -s 1G $F");
		is_int(system("cd $S && rm -rf $F"), 0, "cleared away");
	}
	planted("a folder where a grant builds", "rm -rf relay.fresh && mkdir -p relay.fresh/in && "
	    "rm -f relay.gdbm");
	ok(stat(am->files.map, &st) == 0 && (st.st_mode & 0777) == 0660,
	    "the map has its mode");
	ok(system("test \"$(cat $S/victim)\" = precious") == 0,
	    "nothing is written through a link");
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
	(void)setenv("S", scratch, 1);
	granting();
	removing();
	waiting();
	left_over();
	batches();
	removing_left_over();
	large_batch();
	short_of_files();
	modes();
	broken();
	huge();
	full_disk();
	removed_before_restored();
	unread();
	unsafe();
	planted_files();
	prefixes();
	authmap_free(am);
	return tap_done();
}
