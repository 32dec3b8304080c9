/* SPDX-License-Identifier: ISC */
/* Addresses that collide, and files that are damaged or crafted: the time and the
 * room that they take is bounded. */
#include "gdbmfiles.h"

static void
collisions(void)
{
	char key[64], first[64], value[32];
	struct gdbmfile_record record;
	uint32_t hash;
	int same = 0, good = 0;

	make(false);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(value, sizeof value, "%d value", 1000 + i);
		(void)put(key_of(i), value);
	}
	same_hash(0, first);
	hash = gdbmfile_hash(first, strlen(first));
	for (int i = 0; i < 400; i++) {
		same_hash(i, key);
		same += gdbmfile_hash(key, strlen(key)) == hash;
		(void)snprintf(value, sizeof value, "%d evil", 5000 + i);
		good += put(key, value) == GDBMFILE_OK;
	}
	is_int(same, 400, "400 addresses have one hash");
	is_int(good, 400, "  and each of them is stored");
	ok(file.bits <= gdbmfile_bits_max(file.entries),
	    "  the directory is bounded");
	ok(file.size < 64 * 1024 * 1024, "  and so is the file");
	same_hash(399, key);
	is_int(gdbmfile_find(&file, key, &record), GDBMFILE_OK,
	    "  the last is there");
	is_int(gdbmfile_find(&file, first, &record), GDBMFILE_NOTFOUND,
	    "  what would have gone first has made room");
	good = 0;
	for (int i = 0; i < 100; i++)
		good += gdbmfile_find(&file, key_of(i), &record) ==
		    GDBMFILE_OK;
	is_int(good, 100, "  nobody else's has");
	make(true);
	good = 0;
	for (int i = 0; i < 100; i++)
		good += gdbmfile_find(&file, key_of(i), &record) ==
		    GDBMFILE_OK;
	is_int(good, 100, "  nor when it is made anew");
}

/* Those that must stay do, and then nothing more goes in. */
static void
never(void)
{
	struct gdbmfile_record evicted, record;
	char key[64];
	int i = 0;

	make(false);
	for (; i < (int)BUCKET_ELEMENTS; i++) {
		same_hash(i, key);
		(void)put(key, "never");
	}
	same_hash(i, key);
	(void)put(key, "7 more");
	is_int(gdbmfile_put(&file, key, "7 more", 6, rank, NULL, &evicted),
	    GDBMFILE_FULL, "a bucket of what must stay is full");
	ok(evicted.key_len > GDBMFILE_KEY_MAX, "  which no rebuild cures");
	same_hash(0, key);
	is_int(gdbmfile_find(&file, key, &record), GDBMFILE_OK,
	    "  and has lost nothing");
}

/* What gdbm would refuse, though we could read it, is made anew. */
static void
refused(void)
{
	static const struct { off_t at; int32_t word; const char *what; } is[] = {
		{ offsetof(struct header, avail_size), 1, "avail size" },
		{ offsetof(struct header, avail_next), 1, "avail next" },
		{ OWN_OFFSET + offsetof(struct own, empty), 8, "empty bucket" },
		{ OWN_OFFSET + offsetof(struct own, arena), 8192, "arena" },
	};
	static const struct { off_t at; int32_t word; const char *what; } in[] = {
		{ offsetof(struct bucket_head, bits), 10, "bits" },
		{ offsetof(struct bucket_head, avail_count), 6, "free blocks" },
		{ offsetof(struct bucket_head, count), -1, "a count below 0" },
		{ offsetof(struct bucket_head, count), 5000000, "a count" },
	};
	off_t bucket;

	for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
		make(false);
		ok(file.ours, "the file is ours");
		(void)pwrite(file.fd, &is[i].word, 4, is[i].at);
		open_file(O_RDWR);
		is_int(file.ours, false, is[i].what);
	}
	for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
		make(false);
		(void)put("key", "value");
		ok(!gdbmfile_wants_room(&file), "there is room");
		(void)gdbmfile_bucket_at(&file, entry_of(&file,
		    gdbmfile_hash("key", 3)), &bucket);
		(void)pwrite(file.fd, &in[i].word, 4, bucket + in[i].at);
		is_int(gdbmfile_wants_room(&file), true, in[i].what);
	}
	make(false);
	file.entries = 5000000;
	is_int(gdbmfile_wants_room(&file), true, "a number of entries");
}

/* Numbers so large that adding to them would overflow. */
static void
huge(void)
{
	const int64_t most = INT64_MAX;
	struct gdbmfile_record evicted;
	struct gdbmfile bad;

	make(false);
	(void)pwrite(file.fd, &most, sizeof most,
	    OWN_OFFSET + offsetof(struct own, entries));
	open_file(O_RDWR);
	is_int(file.ours, false, "more entries than the directory can have");
	is_int(gdbmfile_put(&file, "192.0.2.1", "1", 1, rank, NULL, &evicted),
	    GDBMFILE_INVALID, "  are not counted further");
	make(true);
	ok(file.ours && file.entries == 0, "  and counted anew in a rebuild");
	if (ftruncate(file.fd, most) == -1 &&
	    ftruncate(file.fd, (off_t)1 << 43) == -1) {
		ok(true, "# SKIP no file may be so long here");
		return;
	}
	is_int(gdbmfile_open(&bad, file.fd), GDBMFILE_INVALID,
	    "a file as long as a file may be");
	is_str(bad.why == NULL ? "" : bad.why, "too long", "  is too long");
}

/* Two entries of the directory name one bucket. */
static void
shared(void)
{
	int64_t bucket = 0;

	many(2000);
	ok(!gdbmfile_wants_room(&file), "there is room");
	(void)pread(file.fd, &bucket, 8, file.directory + 8);
	(void)pwrite(file.fd, &bucket, 8, file.directory + 16);
	is_int(gdbmfile_wants_room(&file), true, "a bucket that is shared");
}

static int
nothing(const struct gdbmfile_record *record, void *arg)
{
	(void)record;
	(void)arg;
	return 0;
}

/* Every element of a bucket names one long record: no file may become so much
 * longer by being copied or saved. */
static void
overlapping(void)
{
	static char value[4001];
	enum gdbmfile_status status = GDBMFILE_OK;
	const char *why = "";
	struct gdbmfile_rebuild *r;
	struct bucket bucket;
	char key[64];
	off_t at;
	int to = open(next, O_RDWR | O_CREAT | O_TRUNC, 0600);

	make(false);
	memset(value, '1', sizeof value - 1);
	same_hash(0, key);
	(void)put(key, value);
	(void)gdbmfile_bucket_at(&file, entry_of(&file,
	    gdbmfile_hash(key, strlen(key))), &at);
	(void)pread(file.fd, &bucket, sizeof bucket, at);
	for (size_t i = 0; i < BUCKET_ELEMENTS; i++)
		bucket.element[i] = bucket.element[gdbmfile_hash(key,
		    strlen(key)) % BUCKET_ELEMENTS];
	(void)pwrite(file.fd, &bucket, sizeof bucket, at);
	file.size = file.arena;
	is_int(gdbmfile_walk(&file, nothing, NULL, NULL), GDBMFILE_INVALID,
	    "a walk ends where records overlap");
	is_str(file.why == NULL ? "" : file.why, "its records overlap",
	    "  and says so");
	r = gdbmfile_rebuild_new(&file, to, keep_all, rank, NULL, &status, &why);
	is_int(status, GDBMFILE_INVALID, "  and so does a rebuild");
	gdbmfile_rebuild_free(r);
	(void)close(to);
}

/* What stops a rebuild is said, also if the old file was cut meanwhile. */
static void
cut(void)
{
	enum gdbmfile_status status = GDBMFILE_OK;
	const char *why = NULL;
	struct gdbmfile_rebuild *r;
	struct gdbmfile from;
	off_t bucket;
	int to = open(next, O_RDWR | O_CREAT | O_TRUNC, 0600);

	many(2000);
	(void)gdbmfile_open(&from, open(path, O_RDWR));
	r = gdbmfile_rebuild_new(&from, to, keep_all, rank, NULL, &status, &why);
	(void)gdbmfile_bucket_at(&from, 0, &bucket);
	(void)ftruncate(from.fd, bucket);
	is_int(gdbmfile_rebuild_copy(r, &why), GDBMFILE_INVALID,
	    "a file is cut while it is copied");
	is_str(why == NULL ? "" : why, "cut short", "  which is said");
	gdbmfile_rebuild_free(r);
	(void)close(from.fd);
	(void)close(to);
}

/* A writer does not make a large map anew for longer than it may. */
static void
late(void)
{
	enum gdbmfile_status status = GDBMFILE_OK;
	const char *why = "";
	struct gdbmfile_rebuild *r;
	int to = open(next, O_RDWR | O_CREAT | O_TRUNC, 0600);

	many(2000);
	file.end = deadline_in(0) - 1;
	is_int(gdbmfile_walk(&file, nothing, NULL, NULL), GDBMFILE_TIMEOUT,
	    "a walk ends when the time is over");
	r = gdbmfile_rebuild_new(&file, to, keep_all, rank, NULL, &status, &why);
	is_int(status, GDBMFILE_TIMEOUT, "  and so does a rebuild");
	gdbmfile_rebuild_free(r);
	file.end = NEVER;
	r = gdbmfile_rebuild_new(&file, to, keep_all, rank, NULL, &status, &why);
	file.end = deadline_in(0) - 1;
	is_int(gdbmfile_rebuild_copy(r, &why), GDBMFILE_TIMEOUT,
	    "  also while it copies");
	gdbmfile_rebuild_free(r);
	(void)close(to);
}

int
main(void)
{
	struct authmap *am = files_begin();

	shared();
	late();
	collisions();
	never();
	refused();
	huge();
	overlapping();
	cut();
	authmap_free(am);
	return tap_done();
}
