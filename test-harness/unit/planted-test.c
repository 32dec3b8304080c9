/* SPDX-License-Identifier: ISC */
/* What another program, or a member of the group, writes into the map's folder
 * before or during a sweep. */
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>

#include "store/gdbmfile-layout.h"
#include "store/map.h"
#include "sweeps.h"

/* Another program's map: without our part of the header. */
static void
make_foreign(void)
{
	const uint64_t none = 0;
	int fd = open(am->files.map, O_RDWR);

	if (pwrite(fd, &none, sizeof none, 4096 - 64) != sizeof none)
		err(1, "%s", am->files.map);
	(void)close(fd);
}

/* When the sweep begins to walk the map, it has left the lock. */
static time_t
plant_map(time_t *t)
{
	bool before = seen.walks;

	look_at_sweep();
	if (seen.walks && !before)
		make_foreign();
	return scratch_clock(t);
}

static void
planted_meanwhile(void)
{
	(void)record("192.0.2.30", "joe");
	is_int(sweep_once(), 0, "a sweep");
	am->clock = plant_map;
	is_int(sweep_once(), -1, "a foreign map is planted during a sweep");
	am->clock = scratch_clock;
	ok(said("was replaced during a sweep"), "  which is said");
	ok(!report.saved, "  it is not saved");
	is_int(sweep_once(), 0, "  the next sweep takes it over");
	is_int(authmap_lookup(am, "192.0.2.30", NULL), 1,
	    "  with what is in it");
}

/* A bucket is damaged while the sweep works without the lock, and is as before when
 * it holds the lock again. */
static int64_t buckets[512], damaged[512];
static enum { WHOLE, DAMAGED, RESTORED } state;

static void
directory_write(const int64_t directory[512])
{
	int fd = open(am->files.map, O_RDWR);

	if (pwrite(fd, directory, sizeof buckets, 4096) != sizeof buckets)
		err(1, "%s", am->files.map);
	(void)close(fd);
}

static void
directory_read(void)
{
	int fd = open(am->files.map, O_RDWR);

	if (pread(fd, buckets, sizeof buckets, 4096) != sizeof buckets)
		err(1, "%s", am->files.map);
	(void)close(fd);
	memcpy(damaged, buckets, sizeof buckets);
	damaged[511] = -8;
}

static time_t
damage(time_t *t)
{
	look_at_sweep();
	if (seen.saves == 1 && state == WHOLE) {
		directory_write(damaged);
		state = DAMAGED;
	}
	return scratch_clock(t);
}

static time_t
damage_once(time_t *t)
{
	bool before = state == DAMAGED;

	(void)damage(t);
	if (before && seen.locked) {
		directory_write(buckets);
		state = RESTORED;
	}
	return scratch_clock(t);
}

static void
damaged_meanwhile(time_t (*how)(time_t *), const char *name)
{
	(void)record("192.0.2.31", "joe");
	(void)sweep_once();
	scratch_now += 1801;
	(void)record("192.0.2.32", "joe");
	directory_read();
	state = WHOLE;
	am->clock = how;
	is_int(sweep_once(), 0, name);
	am->clock = scratch_clock;
	is_int(seen.saves, 2, "  and sees it, so it begins again");
	is_int(report.entries, 1, "  but sweeps");
	is_int(authmap_lookup(am, "192.0.2.32", NULL), 1,
	    "  and loses no entry");
}

/* Fill the unused directory entries with buckets whose elements name no record, but
 * claim more bytes than the map has. */
static void
plant_sizes(void)
{
	int64_t directory[512];
	struct own own;
	int fd = open(am->files.map, O_RDWR);

	if (pread(fd, &own, sizeof own, OWN_OFFSET) != sizeof own ||
	    pread(fd, directory, sizeof directory, BLOCK_BYTES) !=
	    sizeof directory)
		err(1, "%s", am->files.map);
	for (uint32_t i = 0; i < 80; i++) {
		struct bucket bucket;

		if (directory[i] != own.empty)
			continue;
		gdbmfile_bucket_clear(&bucket, DIRECTORY_BITS_MIN);
		for (uint32_t n = 0; n < BUCKET_ELEMENTS; n++)
			gdbmfile_bucket_insert(&bucket, &(struct element){
			    .hash = (int32_t)((i << 22) + n),
			    .record = own.end - 2 * BLOCK_BYTES - 8 * (off_t)n,
			    .key_size = GDBMFILE_KEY_MAX,
			    .value_size = GDBMFILE_VALUE_MAX });
		directory[i] = own.end - (80 - (off_t)i) * BLOCK_BYTES;
		own.entries += (int64_t)BUCKET_ELEMENTS;
		if (pwrite(fd, &bucket, sizeof bucket, directory[i]) !=
		    sizeof bucket)
			err(1, "%s", am->files.map);
	}
	if (pwrite(fd, directory, sizeof directory, BLOCK_BYTES) !=
	    sizeof directory ||
	    pwrite(fd, &own, sizeof own, OWN_OFFSET) != sizeof own)
		err(1, "%s", am->files.map);
	(void)close(fd);
}

static void
planted_sizes(void)
{
	ino_t inode;

	(void)record("192.0.2.33", "joe");
	(void)sweep_once();
	scratch_now += 1801;
	(void)record("192.0.2.34", "joe");
	plant_sizes();
	inode = map_inode();
	is_int(sweep_once(), 0, "a map with elements that claim too many bytes");
	is_int(report.entries, 1, "  is swept");
	ok(map_inode() != inode && !said("moved aside"), "  and made again");
	inode = map_inode();
	is_int(sweep_once(), 0, "  the next sweep");
	ok(map_inode() == inode, "  finds nothing to do");
	is_int(authmap_lookup(am, "192.0.2.34", NULL), 1, "  no entry is lost");
}

/* Map the map's file, and return where the record of KEY is in it. */
static volatile char *
map_record(const char *key)
{
	struct map *map;
	struct record record;
	off_t value;
	char *at;

	if (map_open(&map, am->files.map, MAP_WRITE) != MAP_OK ||
	    map_get(map, key, &record) != MAP_OK)
		errx(1, "%s: %s", am->files.map, map_error());
	value = map->found.value_at;
	at = mmap(NULL, (size_t)map->file.arena, PROT_READ | PROT_WRITE,
	    MAP_SHARED, map->fd, 0);
	if (at == MAP_FAILED)
		err(1, "%s", am->files.map);
	map_close(map);
	return at + value;
}

/* Make the record of 192.0.2.36 invalid, and set the modification time of the map
 * back. */
static void
set_back(void)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	struct map *map;
	struct record record;
	struct stat st;

	if (map_open(&map, am->files.map, MAP_WRITE) != MAP_OK ||
	    map_get(map, "192.0.2.36", &record) != MAP_OK ||
	    fstat(map->fd, &st) == -1)
		err(1, "%s", am->files.map);
	times[1] = st.st_mtim;
	if (pwrite(map->fd, "x", 1, map->found.value_at) != 1 ||
	    futimens(map->fd, times) == -1)
		err(1, "%s", am->files.map);
	map_close(map);
}

/* On a tmpfs, only the first write through a mapping changes the times of the
 * file. */
static void
unseen(void)
{
	struct sweep sweep = { .scanned_at = 0 };
	volatile char *record_at;
	ino_t inode;
	int passes = 0;

	/* The times of files are those of the system's clock. */
	scratch_now = time(NULL) + 100;
	(void)sweep_once();
	(void)record("192.0.2.35", "joe");
	record_at = map_record("192.0.2.35");
	*record_at = '1';
	is_int(sweep_run(am, &sweep, &report), 0, "a sweep remembers the map");
	inode = map_inode();
	/* The record no longer begins with a time. */
	*record_at = 'x';
	for (; passes < 20 && report.entries == 1; passes++) {
		scratch_now += 60;
		(void)sweep_run(am, &sweep, &report);
	}
	(void)printf("# in pass %d\n", passes);
	ok(passes <= 10, "a write that changes no time of the map is seen soon");
	ok(map_inode() == inode, "  in the same map");
	(void)sweep_once();
	(void)record("192.0.2.36", "joe");
	(void)sweep_run(am, &sweep, &report);
	set_back();
	(void)sweep_run(am, &sweep, &report);
	is_int(report.entries, 0, "a write after which the owner sets the "
	    "modification time back is seen at once");
}

static char garbage[1 << 20];	/* of lines */
#define GARBAGE_MAX 256		/* how many times */

/* Append to PATH, as soon as it is opened by another process. */
static pid_t
append_when_opened(const char *path)
{
	struct inotify_event opened;
	pid_t pid;
	int watch = inotify_init1(IN_CLOEXEC), out = open(path,
	    O_WRONLY | O_APPEND);

	if (watch == -1 || out == -1 ||
	    inotify_add_watch(watch, path, IN_OPEN) == -1)
		err(1, "%s", path);
	pid = fork();
	if (pid == 0) {
		(void)alarm(60);
		if (read(watch, &opened, sizeof opened) <= 0)
			_exit(1);
		for (int i = 0; i < GARBAGE_MAX; i++)
			(void)!write(out, garbage, sizeof garbage);
		_exit(0);
	}
	(void)close(watch);
	(void)close(out);
	return pid;
}

/* Return how many bytes this process has read, or -1 if that is unknown. */
static long long
bytes_read(void)
{
	FILE *in = fopen("/proc/self/io", "r");
	long long bytes = -1;

	if (in == NULL)
		return -1;
	if (fscanf(in, "rchar: %lld", &bytes) != 1)
		bytes = -1;
	(void)fclose(in);
	return bytes;
}

/* A member of the group appends to what 0.1 may have left. */
static void
growing(void)
{
	const char *path;
	long long before;
	pid_t pid;

	for (size_t i = 0; i < sizeof garbage; i++)
		garbage[i] = i % 64 == 63 ? '\n' : 'x';
	garbage[sizeof garbage - 1] = '\0';
	path = scratch_file("relay.pending", garbage);
	garbage[sizeof garbage - 1] = '\n';
	pid = append_when_opened(path);
	before = bytes_read();
	is_int(sweep_once(), 0, "a leftover of 0.1 that grows while it is read");
	ok(bytes_read() - before < 64LL * (long long)sizeof garbage,
	    "  is not read for as long as it grows");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	ok(!is_there("relay.pending"), "  and removed");
}

int
main(void)
{
	am = scratch_authmap("lock_timeout = 10s\n");
	planted_meanwhile();
	damaged_meanwhile(damage_once, "a sweep reads a damaged bucket once");
	damaged_meanwhile(damage, "a sweep reads a damaged bucket");
	ok(said("moved aside as"), "  and the map is moved aside");
	planted_sizes();
	unseen();
	growing();
	authmap_free(am);
	return tap_done();
}
