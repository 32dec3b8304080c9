/* SPDX-License-Identifier: ISC */
/* What is broken, planted, or short: a login goes on, and lets in nobody. */
#include <sys/resource.h>

#include <signal.h>

#include "base/safefile.h"
#include "logins.h"
#include "store/map.h"
#include "sweeper/sweep.h"
#include "tap.h"

/* This process is short of something: that is no reason to lose anything. */
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
	    "too many open files: what is there is not lost");
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

/* The disk is full while a map is made: a whole one, or none. */
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

/* A configuration that could not be read is tried again. */
static void
unread(void)
{
	struct authmap *none = authmap_new("/nonexistent/conf", NULL, NULL,
	    NULL);
	const char *path = scratch_file("other", "window = 1h\n");
	struct authmap *other = authmap_new(path, NULL, NULL, NULL);

	ok(none != NULL && other != NULL, "two configurations");
	is_int(authmap_config_changed(none), 1, "one is worth another try");
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
		    AUTHMAP_FAILED, "a wrong configuration: nobody is recorded");
		is_int(wrong != NULL ? authmap_refresh(wrong, &l) : -2,
		    AUTHMAP_FAILED, "  nor refreshed");
		ok(strstr(scratch_log, "whom to exclude cannot be read") !=
		    NULL, "  which is said");
		is_int(wrong != NULL ? authmap_config_changed(wrong) : -2, 1,
		    "  it is worth another try");
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
	ok(authmap_lookup(am, "192.0.2.1", NULL) != 1, "nobody is let in");
	is_int(record("192.0.2.30", "joe"), AUTHMAP_GRANTED, "a login goes on");
	ok(strstr(scratch_log, said) != NULL, "one line says what it was");
	if (strstr(scratch_log, said) == NULL)
		(void)printf("# got %s", scratch_log);
	is_int(authmap_lookup(am, "192.0.2.30", NULL), 1, "it may relay");
	is_int(sweep_run(am, &memory, &report), 0, "a sweep");
	is_int(authmap_lookup(am, "198.51.100.1", NULL), 1,
	    "  restores what was saved");
	is_int(authmap_lookup(am, "192.0.2.30", NULL), 1,
	    "  beside what came since");
	is_int(authmap_lookup(am, "198.51.100.2", NULL), 0, "  if still valid");
	is_int(refresh("198.51.100.3", "gone"), AUTHMAP_REMOVED,
	    "what was removed stays removed");
}

static void
broken(void)
{
	char command[256];

	breaks("missing", "rm relay.gdbm", "is made, empty");
	breaks("empty", ": > relay.gdbm", "an empty file; moved aside as");
	breaks("cut short", "truncate -s 12288 relay.gdbm", "cut short");
	breaks("cut shorter", "truncate -s 30 relay.gdbm", "moved aside as");
	breaks("zeroed", "dd if=/dev/zero of=relay.gdbm bs=4096 count=4 "
	    "conv=notrunc 2>/dev/null", "not a gdbm file");
	breaks("garbage", "head -c 20000 /dev/urandom > relay.gdbm",
	    "not a gdbm file");
	breaks("a program", "cp /bin/sh relay.gdbm", "not a gdbm file");
	breaks("foreign byte order", "printf '\\023\\127\\232\\317' | dd "
	    "of=relay.gdbm conv=notrunc 2>/dev/null", "not a gdbm file");
	breaks("its directory is garbage", "head -c 4096 /dev/urandom | dd "
	    "of=relay.gdbm bs=4096 seek=1 conv=notrunc 2>/dev/null", "moved aside as");
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
	authmap_free(am);
	return tap_done();
}
