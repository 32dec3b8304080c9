/* SPDX-License-Identifier: ISC */
/* gdbm's format, written by us: libgdbm is the referee. */
#include <fcntl.h>
#include <gdbm.h>

#include "base/clock.h"
#include "store/gdbmfile-layout.h"
#include "scratch.h"
#include "tap.h"

static char path[128], next[128];
static struct gdbmfile file;

static bool
keep_all(struct gdbmfile_record *record, void *arg)
{
	(void)record;
	(void)arg;
	return true;
}

/* Digits say when a record goes; one that begins with "never" stays. */
static int64_t
rank(const struct gdbmfile_record *record, void *unused)
{
	(void)unused;
	return strncmp(record->value, "never", 5) == 0 ? GDBMFILE_NEVER :
	    atoll(record->value);
}

static void
open_file(int flags)
{
	if (file.fd > 0)
		(void)close(file.fd);
	if (gdbmfile_open(&file, open(path, flags)) != GDBMFILE_OK)
		errx(1, "%s: %s", path, file.why);
}

/* Make the file anew, from nothing or from what it is. */
static void
make(bool from_old)
{
	enum gdbmfile_status status = GDBMFILE_OK;
	const char *why = NULL;
	int to = open(next, O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct gdbmfile_rebuild *r = gdbmfile_rebuild_new(from_old ? &file :
	    NULL, to, keep_all, rank, NULL, &status, &why);

	if (r == NULL || status != GDBMFILE_OK ||
	    gdbmfile_rebuild_copy(r, &why) != GDBMFILE_OK ||
	    gdbmfile_rebuild_finish(r, &why) != GDBMFILE_OK)
		errx(1, "%s: %s", next, why);
	gdbmfile_rebuild_free(r);
	(void)close(to);
	if (rename(next, path) == -1)
		err(1, "%s", path);
	open_file(O_RDWR);
}

static enum gdbmfile_status
put(const char *key, const char *value)
{
	struct gdbmfile_record evicted;
	enum gdbmfile_status status = gdbmfile_put(&file, key, value,
	    strlen(value), rank, NULL, &evicted);

	if (status != GDBMFILE_FULL || evicted.key_len > GDBMFILE_KEY_MAX)
		return status;
	make(true);
	return gdbmfile_put(&file, key, value, strlen(value), rank, NULL, &evicted);
}

/* What libgdbm has of KEY; "": nothing. */
static const char *
fetched(GDBM_FILE db, const char *key)
{
	static char text[GDBMFILE_VALUE_MAX + 1];
	char name[64];
	datum found;

	(void)strlcpy(name, key, sizeof name);
	found = gdbm_fetch(db, (datum){ name, (int)strlen(name) });
	text[0] = '\0';
	if (found.dptr != NULL)
		(void)snprintf(text, sizeof text, "%.*s", found.dsize,
		    found.dptr);
	free(found.dptr);
	return text;
}

static GDBM_FILE
referee(void)
{
	GDBM_FILE db = gdbm_open(path, 0, GDBM_READER | GDBM_NOLOCK, 0, NULL);

	if (db == NULL)
		errx(1, "gdbm: %s", gdbm_strerror(gdbm_errno));
	return db;
}

static const char *
key_of(int i)
{
	static char key[64];

	(void)snprintf(key, sizeof key, i % 2 ? "10.%d.%d.%d" :
	    "2001:db8:%x:%x::%x", i >> 16, i >> 8 & 255, i & 255);
	return key;
}

/* Does libgdbm find each of COUNT keys, by a lookup and on a walk? */
static void
judge(int count, const char *name)
{
	GDBM_FILE db = referee();
	gdbm_count_t counted = 0;
	int found = 0, walked = 0;
	datum key = gdbm_firstkey(db);

	while (key.dptr != NULL) {
		datum after = gdbm_nextkey(db, key);

		free(key.dptr);
		key = after;
		walked++;
	}
	for (int i = 0; i < count; i++) {
		char wanted[32];

		(void)snprintf(wanted, sizeof wanted, "%d value", 1000 + i);
		found += strcmp(fetched(db, key_of(i)), wanted) == 0;
	}
	(void)gdbm_count(db, &counted);
	gdbm_close(db);
	(void)printf("# %s\n", name);
	is_int(found, count, "libgdbm finds each key");
	is_int(walked, count, "  and walks over as many");
	is_int(counted, count, "  and counts them");
	is_int(file.entries, count, "  and so does the header");
}

static void
many(int count)
{
	char value[32], name[64];
	int wrong = 0;

	make(false);
	for (int i = 0; i < count; i++) {
		(void)snprintf(value, sizeof value, "%d value", 1000 + i);
		wrong += put(key_of(i), value) != GDBMFILE_OK;
	}
	is_int(wrong, 0, "keys are stored");
	(void)snprintf(name, sizeof name, "%d keys", count);
	judge(count, name);
	make(true);
	(void)snprintf(name, sizeof name, "%d keys, made anew", count);
	judge(count, name);
	/* A bucket may begin a block later than the records before it end. */
	ok(file.arena - file.empty < BLOCK_BYTES + count * 64LL +
	    ((int64_t)2 * BLOCK_BYTES << file.bits),
	    "  each of them is copied once");
}

/* A value of the same length, of another, and its old record ended. */
static void
values(void)
{
	struct gdbmfile_record record;
	GDBM_FILE db;

	make(false);
	(void)put("192.0.2.1", "1234 joe");
	is_int(put("192.0.2.1", "5678 joe"), GDBMFILE_OK, "the same length");
	is_int(put("192.0.2.2", "1 amy"), GDBMFILE_OK, "another key");
	is_int(put("192.0.2.1", "9 somebody else"), GDBMFILE_OK,
	    "another length");
	db = referee();
	is_str(fetched(db, "192.0.2.1"), "9 somebody else", "libgdbm sees it");
	is_str(fetched(db, "192.0.2.2"), "1 amy", "  and the other");
	is_str(fetched(db, "192.0.2.3"), "", "  and no third");
	is_int(gdbmfile_find(&file, "192.0.2.1", &record), GDBMFILE_OK,
	    "we find it");
	is_int(gdbmfile_zero(&file, &record, 1), GDBMFILE_OK, "it is zeroed");
	gdbm_close(db);
	db = referee();
	is_str(fetched(db, "192.0.2.1"), "0 somebody else", "  by one digit");
	gdbm_close(db);
	is_int(gdbmfile_find(&file, "192.0.2.9", &record), GDBMFILE_NOTFOUND,
	    "there is no other");
}

/*
 * The COUNT-th of many addresses with the same hash: of the last groups two
 * digits each are set so that their sum does not change it.  gdbm adds up the
 * bytes of a key, each shifted by 5 times its place, modulo 24.
 */
static void
same_hash(int count, char key[64])
{
	/* Places that are 24 apart are shifted alike: raising the one and
	 * lowering the other leaves the hash as it is. */
	char digits[64] = "2001:db8:5555:5555:5555:5555:5555:5555";
	static const int place[] = { 9, 10, 11, 12, 14 };

	for (int i = 0, rest = count; i < 5; i++, rest /= 4) {
		digits[place[i]] = (char)('5' + rest % 4);
		digits[place[i] + 24] = (char)('5' - rest % 4);
	}
	(void)strlcpy(key, digits, 64);
}

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

/* A rebuild does not miss what is changed while it copies. */
static void
meanwhile(void)
{
	enum gdbmfile_status status;
	const char *why;
	struct gdbmfile from;
	struct gdbmfile_rebuild *r;
	char value[32];
	int to;

	many(2000);
	(void)gdbmfile_rebuild_mark(&file, 77);
	(void)gdbmfile_open(&from, open(path, O_RDONLY));
	to = open(next, O_RDWR | O_CREAT | O_TRUNC, 0600);
	r = gdbmfile_rebuild_new(&from, to, keep_all, rank, NULL, &status, &why);
	is_int(gdbmfile_rebuild_copy(r, &why), GDBMFILE_OK, "it is copied");
	(void)put(key_of(1), "another length, while it is");
	(void)put(key_of(2), "1003 VALUE");
	for (int i = 2000; i < 2300; i++) {
		(void)snprintf(value, sizeof value, "%d value", 1000 + i);
		(void)put(key_of(i), value);
	}
	is_int(gdbmfile_rebuild_finish(r, &why), GDBMFILE_OK, "it is finished");
	gdbmfile_rebuild_free(r);
	(void)close(to);
	(void)close(from.fd);
	(void)rename(next, path);
	open_file(O_RDWR);
	(void)put(key_of(1), "1001 value");
	(void)put(key_of(2), "1002 value");
	judge(2300, "with what was changed meanwhile");
}

/* What libgdbm makes, we read; what it changes, we do not write in place. */
static void
foreign(void)
{
	struct gdbmfile_record record, evicted;
	GDBM_FILE db;
	int found = 0;

	many(1000);
	db = gdbm_open(path, 0, GDBM_WRITER | GDBM_NOLOCK, 0, NULL);
	{
		char key[] = "198.51.100.1", value[] = "5000 foreign";

		is_int(gdbm_store(db, (datum){ key, (int)strlen(key) },
		    (datum){ value, (int)strlen(value) }, GDBM_REPLACE), 0,
		    "libgdbm stores into it");
	}
	gdbm_close(db);
	open_file(O_RDWR);
	ok(!file.ours, "  it is no longer ours");
	is_int(gdbmfile_put(&file, "192.0.2.1", "1", 1, rank, NULL, &evicted),
	    GDBMFILE_INVALID, "  and not written in place");
	make(true);
	ok(file.ours, "it is, made anew");
	for (int i = 0; i < 1000; i++)
		found += gdbmfile_find(&file, key_of(i), &record) ==
		    GDBMFILE_OK;
	is_int(found, 1000, "  with all that was in it");
	is_int(gdbmfile_find(&file, "198.51.100.1", &record), GDBMFILE_OK,
	    "  and what was stored");
	(void)unlink(path);
	db = gdbm_open(path, 0, GDBM_NEWDB, 0600, NULL);
	for (int i = 0; i < 3000; i++) {
		char key[64], value[32];

		(void)strlcpy(key, key_of(i), sizeof key);
		(void)snprintf(value, sizeof value, "%d value", 1000 + i);
		(void)gdbm_store(db, (datum){ key, (int)strlen(key) },
		    (datum){ value, (int)strlen(value) }, GDBM_REPLACE);
	}
	gdbm_close(db);
	open_file(O_RDWR);
	found = 0;
	for (int i = 0; i < 3000; i++)
		found += gdbmfile_find(&file, key_of(i), &record) ==
		    GDBMFILE_OK;
	is_int(found, 3000, "what libgdbm made, we read");
	make(true);
	judge(3000, "made anew of what libgdbm made");
}

/* The header is the same as libgdbm's own. */
static void
header(void)
{
	struct header ours, theirs;
	GDBM_FILE db;
	int fd;

	make(false);
	(void)pread(file.fd, &ours, sizeof ours, 0);
	db = gdbm_open(next, 4096, GDBM_NEWDB, 0600, NULL);
	gdbm_close(db);
	fd = open(next, O_RDONLY);
	(void)pread(fd, &theirs, sizeof theirs, 0);
	(void)close(fd);
	(void)unlink(next);
	theirs.next_block = ours.next_block;
	theirs.directory = ours.directory;
	ok(memcmp(&ours, &theirs, sizeof ours) == 0, "our header is gdbm's");
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

/* Even where most buckets have one record, a new file is no longer than they. */
static void
compact(void)
{
	many(300);
	make(true);
	ok(file.arena - (file.empty + BLOCK_BYTES) <= 300 * (BLOCK_BYTES + 64),
	    "a new file has no gaps");
	judge(300, "without gaps");
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
	struct authmap *am = scratch_authmap("");

	(void)snprintf(path, sizeof path, "%s/file", scratch);
	(void)snprintf(next, sizeof next, "%s/next", scratch);
	header();
	shared();
	late();
	values();
	many(10);
	many(20000);
	collisions();
	never();
	meanwhile();
	foreign();
	refused();
	huge();
	compact();
	overlapping();
	cut();
	authmap_free(am);
	return tap_done();
}
