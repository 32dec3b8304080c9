/* SPDX-License-Identifier: ISC */
/* Damaged or planted files, or no resources: a login continues and records
 * nothing. */
#include <sys/resource.h>

#include <fcntl.h>
#include <signal.h>

#include "base/safefile.h"
#include "logins.h"
#include "store/map.h"
#include "sweeper/sweep.h"
#include "tap.h"

/* Without resources in this process, nothing is lost. */
static void
short_of_files(void)
{
	struct rlimit before, few;
	int lowest = dup(0);

	(void)close(lowest);
	(void)record("10.0.0.10", "joe");
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
	    "with too many open files, the map is not lost");
}

/* A file has its mode, independent of its maker and the umask. */
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

/* If the disk becomes full, a whole map is published, or none. */
static void
full_disk(void)
{
	struct rlimit before, few;
	unsigned int bad = 0;

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)getrlimit(RLIMIT_FSIZE, &before);
	for (rlim_t size = 1024; size < 120000; size += 3000) {
		struct map *map;
		enum map_status status;

		(void)unlink(am->files.map);
		few = before;
		few.rlim_cur = size;
		(void)setrlimit(RLIMIT_FSIZE, &few);
		(void)record("10.0.0.14", "joe");
		(void)setrlimit(RLIMIT_FSIZE, &before);
		status = map_open(&map, am->files.map, MAP_READ);
		map_close(map);
		if (status != MAP_OK && status != MAP_NOTFOUND)
			bad++;
	}
	is_int(bad, 0, "a full disk: a whole map is published, or none");
	ok(!is_there("relay.gdbm.new"), "  and nothing is left");
	(void)record("10.0.0.14", "joe");
}

/* A configuration that could not be read is read again. */
static void
unread(void)
{
	struct authmap *none = authmap_new("/nonexistent/conf", NULL, NULL,
	    NULL);
	const char *path = scratch_file("other", "window = 1h\n");
	struct authmap *other = authmap_new(path, NULL, NULL, NULL);

	ok(none != NULL && other != NULL, "two configurations");
	is_int(authmap_config_changed(none), 1,
	    "one could not be read and is tried again");
	is_int(authmap_config_changed(other), 0, "one has not changed");
	(void)usleep(20000);
	(void)chmod(path, 0600);
	is_int(authmap_config_changed(other), 1, "  but now it has, by its mode");
	authmap_free(none);
	authmap_free(other);
}

/* With an error in the configuration, a proxy might be recorded. */
static void
unsafe(void)
{
	static const char *const text[] = {
		"exclude = 192.0.2.1/24\n", "exlude = 192.0.2.1\n",
		"window = soon\n", "",
	};
	const struct authmap_login l = login("198.51.100.9", "joe");

	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		struct authmap *wrong = authmap_new(scratch_file("wrong",
		    text[i]), scratch_line, NULL, NULL);

		scratch_log[0] = '\0';
		is_int(wrong != NULL ? authmap_record(wrong, &l) : -2,
		    AUTHMAP_FAILED,
		    "with a wrong configuration, no login is recorded");
		is_int(wrong != NULL ? authmap_refresh(wrong, &l) : -2,
		    AUTHMAP_FAILED, "  nor refreshed");
		ok(strstr(scratch_log, "has errors: correct them") !=
		    NULL, "  which is logged");
		is_int(wrong != NULL ? authmap_config_changed(wrong) : -2, 1,
		    "  it is tried again");
		authmap_free(wrong);
	}
}

static void
breaks(const char *how, const char *command, const char *said)
{
	struct sweep memory = { .scanned_at = 0 };
	struct sweep_report report;
	char line[512];

	(void)printf("# %s\n", how);
	save_state();
	(void)snprintf(line, sizeof line, "cd %s && %s", scratch, command);
	if (system(line) != 0)
		ok(false, command);
	ok(authmap_lookup(am, "192.0.2.1", NULL) != 1, "no client may relay");
	is_int(record("192.0.2.30", "joe"), AUTHMAP_GRANTED, "a login continues");
	ok(strstr(scratch_log, said) != NULL, "one line gives the reason");
	if (strstr(scratch_log, said) == NULL)
		(void)printf("# got %s", scratch_log);
	is_int(authmap_lookup(am, "192.0.2.30", NULL), 1, "it may relay");
	is_int(sweep_run(am, &memory, &report), 0, "a sweep");
	is_int(authmap_lookup(am, "198.51.100.1", NULL), 1,
	    "  restores the saved state");
	is_int(authmap_lookup(am, "192.0.2.30", NULL), 1,
	    "  beside later entries");
	is_int(authmap_lookup(am, "198.51.100.2", NULL), 0,
	    "  if they are still valid");
	is_int(refresh("198.51.100.3", "gone"), AUTHMAP_REMOVED,
	    "a removed entry stays removed");
}

static void
broken(void)
{
	char command[256];

	breaks("missing", "rm relay.gdbm", "was made, empty");
	breaks("empty", ": > relay.gdbm", "an empty file; moved aside as");
	breaks("cut short", "truncate -s 12288 relay.gdbm", "cut short");
	breaks("cut shorter", "truncate -s 30 relay.gdbm", "moved aside as");
	breaks("zeroed", "dd if=/dev/zero of=relay.gdbm bs=4096 count=4 "
	    "conv=notrunc 2>/dev/null", "not a gdbm file");
	breaks("garbage", "head -c 20000 /dev/urandom > relay.gdbm",
	    "not a gdbm file");
	breaks("a program", "cp /bin/sh relay.gdbm", "not a gdbm file");
	breaks("foreign byte order", "perl -e 'open F, q(+<), q(relay.gdbm); "
	    "read F, $m, 4; seek F, 0, 0; print F scalar reverse $m'",
	    "not a gdbm file");
	breaks("a garbage directory", "head -c 4096 /dev/urandom | dd "
	    "of=relay.gdbm bs=4096 seek=1 conv=notrunc 2>/dev/null",
	    "moved aside as");
	breaks("a folder", "rm relay.gdbm && mkdir relay.gdbm",
	    "not a regular file");
	breaks("a symbolic link", "rm relay.gdbm && ln -s /etc/passwd "
	    "relay.gdbm", "not a regular file");
	breaks("a FIFO", "rm relay.gdbm && mkfifo relay.gdbm", "regular file");
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
	static const char *const name[] = { "relay.lock", "relay.gdbm",
	    "relay.gdbm.new" };
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
	planted("a folder where a map is made", "rm -rf relay.gdbm.new && "
	    "mkdir -p relay.gdbm.new/in && rm -f relay.gdbm");
	ok(stat(am->files.map, &st) == 0 && (st.st_mode & 0777) == 0660,
	    "the map has its mode");
	ok(system("test \"$(cat $S/victim)\" = precious") == 0,
	    "nothing is written through a link");
}

/* Make NAME in the scratch folder, a file or with FOLDER a folder, whose time is AGO
 * seconds before now. */
static void
made_ago(const char *name, bool folder, time_t ago)
{
	const struct timespec time = { .tv_sec = scratch_now - ago };
	const struct timespec times[] = { time, time };
	char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", scratch, name);
	if ((folder ? mkdir(path, 0700) : mknod(path, S_IFREG | 0600, 0)) ==
	    -1 || utimensat(AT_FDCWD, path, times, 0) == -1)
		err(1, "%s", path);
}

#define MANY 3000

/* A member of the group has filled the folder: a sweep reads some names. */
static void
stale_many(void)
{
	char name[64];
	int left = 0;

	for (int i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof name, "relay.x.tmp-%08x",
		    (unsigned int)i);
		made_ago(name, false, 3600);
	}
	file_remove_stale(am);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof name, "relay.x.tmp-%08x",
		    (unsigned int)i);
		left += is_there(name) ? 1 : 0;
	}
	ok(left >= MANY - 1000 && left < MANY - 500,
	    "of a filled folder, a part is removed at a time");
	is_int(system("rm -f $S/relay.x.*"), 0, "  cleared away");
}

static void
stale(void)
{
	const char *const temporary = "relay.lock.tmp-0123abcd";

	made_ago(temporary, false, 59);
	file_remove_stale(am);
	ok(is_there(temporary), "a temporary file stays for a minute");
	scratch_now += 10;
	made_ago("relay.x.tmp-0123abcd", false, -3600);
	made_ago("relay.y.tmp-0123abcd", true, 3600);
	made_ago("state/relay.blocks.lock.tmp-0123abcd", false, 3600);
	made_ago("relay.lock.0123abcg", false, 3600);
	made_ago("relay.gdbm.20261129", false, 3600);
	file_remove_stale(am);
	ok(!is_there(temporary), "  and is then removed");
	ok(!is_there("relay.x.tmp-0123abcd"), "  so is one from the future");
	ok(!is_there("relay.y.tmp-0123abcd"), "  a folder");
	ok(!is_there("state/relay.blocks.lock.tmp-0123abcd"),
	    "  and one beside the block list");
	ok(is_there("relay.lock.0123abcg") && is_there("relay.gdbm.20261129"),
	    "  but no file with another name, such as a copy with a date");
	stale_many();
}

int
main(void)
{
	am = scratch_authmap("");
	(void)setenv("S", scratch, 1);
	(void)record("192.0.2.1", "joe");
	short_of_files();
	modes();
	broken();
	full_disk();
	unread();
	unsafe();
	planted_files();
	stale();
	authmap_free(am);
	return tap_done();
}
