/* SPDX-License-Identifier: ISC */
/* Damaged files, and such as another program or an attacker has written: what is
 * wrong is found, and a new file repairs it. */
#include "gdbmfiles.h"

/* A file that gdbm would refuse is made again, even if it can be read. */
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
		ok(file.ours, "the file may be written in place");
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
	ok(file.ours && file.entries == 0, "  and counted again in a rebuild");
	if (ftruncate(file.fd, most) == -1 &&
	    ftruncate(file.fd, (off_t)1 << 43) == -1) {
		ok(true, "# SKIP no file may be so long here");
		return;
	}
	is_int(gdbmfile_open(&bad, file.fd), GDBMFILE_INVALID,
	    "a file of the largest length");
	is_str(bad.why == NULL ? "" : bad.why, "too long", "  is too long");
}

/* Return where the element of KEY is, which has the slot of its hash. */
static off_t
element_at(const char *key)
{
	uint32_t hash = gdbmfile_hash(key, strlen(key));
	off_t bucket = 0;

	(void)gdbmfile_bucket_at(&file, entry_of(&file, hash), &bucket);
	return bucket + (off_t)offsetof(struct bucket, element) +
	    (off_t)(hash % BUCKET_ELEMENTS * sizeof(struct element));
}

/* libgdbm finds no element whose first bytes of the key are wrong. */
static void
first_bytes(void)
{
	struct gdbmfile_record record;

	make(false);
	(void)put("192.0.2.1", "1 joe");
	(void)put("::", "1 joe");
	is_int(gdbmfile_find(&file, "::", &record), GDBMFILE_OK,
	    "the shortest key is found");
	(void)pwrite(file.fd, "XXXX", 4, element_at("192.0.2.1") +
	    (off_t)offsetof(struct element, key_start));
	gdbm_has("192.0.2.1", "", "libgdbm does not find a key whose first bytes "
	    "are wrong in the bucket");
	is_int(gdbmfile_find(&file, "192.0.2.1", &record), GDBMFILE_NOTFOUND,
	    "  nor does a reader of authmap");
	make(true);
	is_int(file.entries, 1, "  and a new file does not have it");
	(void)put("192.0.2.1", "1 joe");
	gdbm_has("192.0.2.1", "1 joe", "  it can be stored again");
}

/* An element at a place where no search comes: a walk reads it all the same. */
static void
displaced(void)
{
	const int32_t none = NO_HASH;
	struct gdbmfile_record record;
	struct element element;
	off_t at;

	make(false);
	(void)put("192.0.2.1", "1 joe");
	ok(!gdbmfile_wants_room(&file), "an element is in its place");
	at = element_at("192.0.2.1");
	(void)pread(file.fd, &element, sizeof element, at);
	(void)pwrite(file.fd, &none, sizeof none, at);
	at += (off_t)sizeof element * (gdbmfile_hash("192.0.2.1", 9) %
	    BUCKET_ELEMENTS == BUCKET_ELEMENTS - 1 ? -1 : 1);
	(void)pwrite(file.fd, &element, sizeof element, at);
	is_int(gdbmfile_find(&file, "192.0.2.1", &record), GDBMFILE_NOTFOUND,
	    "  an element behind its place is not found");
	ok(gdbmfile_wants_room(&file), "  and the file is to be made again");
	make(true);
	is_int(gdbmfile_find(&file, "192.0.2.1", &record), GDBMFILE_OK,
	    "  then it is found");
	ok(!gdbmfile_wants_room(&file), "  for good");
	element.hash ^= 1 << 30;
	(void)pwrite(file.fd, &element, sizeof element,
	    element_at("192.0.2.1"));
	ok(gdbmfile_wants_room(&file), "an element of another bucket");
}

/* Elements of long records that cannot be read: their sizes are more than the
 * file's. */
static void
unreadable(void)
{
	struct gdbmfile_record record;
	struct bucket bucket;
	int planted = 0;

	make(false);
	(void)put("192.0.2.1", "1 joe");
	for (uint32_t i = 0; i < 80; i++) {
		off_t at, to = file.size - (off_t)(80 - i) * BLOCK_BYTES;

		(void)gdbmfile_bucket_at(&file, i, &at);
		if (at != file.empty)
			continue;
		gdbmfile_bucket_clear(&bucket, file.bits);
		for (uint32_t n = 0; n < BUCKET_ELEMENTS; n++)
			gdbmfile_bucket_insert(&bucket, &(struct element){
			    .hash = (int32_t)((i << (HASH_BITS - file.bits)) + n),
			    .record = file.size - 2 * BLOCK_BYTES - 8 * n,
			    .key_size = GDBMFILE_KEY_MAX,
			    .value_size = GDBMFILE_VALUE_MAX });
		(void)pwrite(file.fd, &bucket, sizeof bucket, to);
		(void)pwrite(file.fd, &to, sizeof to, file.directory + i * 8);
		planted++;
	}
	ok(planted > 60, "elements without records are planted");
	is_int(gdbmfile_walk(&file, nothing, NULL, NULL), GDBMFILE_OK,
	    "  a walk does not count their sizes");
	make(true);
	is_int(file.entries, 1, "  nor does a rebuild");
	is_int(gdbmfile_find(&file, "192.0.2.1", &record), GDBMFILE_OK,
	    "  which has all records");
	ok(!gdbmfile_wants_room(&file), "  and is needed once");
}

/* An element in the bucket that unused directory entries share. */
static void
in_the_empty_bucket(void)
{
	struct gdbmfile_record record;
	struct bucket bucket;
	struct element element;
	const char *text = "192.0.2.91 planted";
	off_t at;

	make(false);
	ok(!gdbmfile_wants_room(&file), "the empty bucket is empty");
	at = file.size - BLOCK_BYTES;
	gdbmfile_element_fill(&element, text, 9, strlen(text) - 9);
	element.record = at;
	gdbmfile_bucket_clear(&bucket, file.bits);
	gdbmfile_bucket_insert(&bucket, &element);
	bucket.head.count = 0;
	(void)pwrite(file.fd, text, strlen(text), at);
	(void)pwrite(file.fd, &bucket, sizeof bucket, file.empty);
	gdbm_has("192.0.2.9", "1 planted", "libgdbm finds an element that was "
	    "planted there");
	is_int(gdbmfile_find(&file, "192.0.2.9", &record), GDBMFILE_NOTFOUND,
	    "  a reader of authmap does not");
	ok(gdbmfile_wants_room(&file), "  and the file is to be made again");
	(void)put("192.0.2.9", "1 x");
	is_int(gdbmfile_find(&file, "192.0.2.9", &record), GDBMFILE_OK,
	    "  the key can be stored");
	ok(record.bucket_at != file.empty, "  in a bucket of its own");
	make(true);
	ok(!gdbmfile_wants_room(&file), "  the new file has an empty one");
}

/* A rebuild that stops gives the reason, also if the old file was truncated. */
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
	    "a file is truncated while it is copied");
	is_str(why == NULL ? "" : why, "cut short", "  which is reported");
	gdbmfile_rebuild_free(r);
	(void)close(from.fd);
	(void)close(to);
}

int
main(void)
{
	struct authmap *am = files_begin();

	refused();
	huge();
	first_bytes();
	displaced();
	unreadable();
	in_the_empty_bucket();
	cut();
	authmap_free(am);
	return tap_done();
}
