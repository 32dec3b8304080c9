/* SPDX-License-Identifier: ISC */
/* Crafted files in which buckets or records overlap, or which are so long that a
 * walk must end early: the time that they cost is bounded. */
#include "gdbmfiles.h"

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

/* Check that neither a walk nor a rebuild reads overlapping records to the end. */
static void
ends_where_records_overlap(const char *what)
{
	enum gdbmfile_status status = GDBMFILE_OK;
	const char *why = "";
	struct gdbmfile_rebuild *r;
	int to = open(next, O_RDWR | O_CREAT | O_TRUNC, 0600);

	is_int(gdbmfile_walk(&file, nothing, NULL, NULL), GDBMFILE_INVALID,
	    what);
	is_str(file.why == NULL ? "" : file.why, "its records overlap",
	    "  which is reported");
	r = gdbmfile_rebuild_new(&file, to, keep_all, rank, NULL, &status, &why);
	is_int(status, GDBMFILE_OK, "  a rebuild is planned");
	is_int(gdbmfile_rebuild_copy(r, &why), GDBMFILE_INVALID,
	    "  and ends, too");
	is_str(why == NULL ? "" : why, "its records overlap",
	    "  for the same reason");
	gdbmfile_rebuild_free(r);
	(void)close(to);
}

/* Every element of a bucket names the same long record: a copy or a saved state must
 * not be much longer than the file. */
static void
overlapping(void)
{
	static char value[4001];
	struct bucket bucket;
	char key[64];
	off_t at;

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
	ends_where_records_overlap("a walk ends where many elements of a sparse "
	    "file name one record");
	file.size = file.arena;
	ends_where_records_overlap("a walk ends where records overlap");
}

/* Craft a foreign file with the widest directory and the largest buckets, whose
 * entries name A and B in turn. */
static void
craft(int64_t a, int64_t b)
{
	struct header h = { .magic = HEADER_MAGIC,
	    .block_size = BLOCK_BYTES_MAX, .bucket_size = BLOCK_BYTES_MAX,
	    .directory = BLOCK_BYTES_MAX, .directory_bits = DIRECTORY_BITS_MAX,
	    .directory_size = 8 << DIRECTORY_BITS_MAX,
	    .next_block = 8 << DIRECTORY_BITS_MAX };
	int64_t entry[512];

	h.bucket_elements = (int32_t)((BLOCK_BYTES_MAX -
	    sizeof(struct bucket_head)) / sizeof(struct element));
	h.next_block += 4 * BLOCK_BYTES_MAX;
	for (size_t i = 0; i < 512; i += 2) {
		entry[i] = a;
		entry[i + 1] = b;
	}
	(void)ftruncate(file.fd, 0);
	(void)ftruncate(file.fd, h.next_block);
	(void)pwrite(file.fd, &h, sizeof h, 0);
	for (off_t at = 0; at < h.directory_size; at += (off_t)sizeof entry)
		(void)pwrite(file.fd, entry, sizeof entry, h.directory + at);
	open_file(O_RDWR);
}

/* Of the elements of a large bucket, the first name a record each, and the others
 * the last of these. */
static void
overlapping_late(void)
{
	const off_t bucket = BLOCK_BYTES_MAX + (8 << DIRECTORY_BITS_MAX);
	struct element element[400];
	char text[80];
	int len;

	make(false);
	craft(bucket, bucket);
	same_hash(0, text);
	for (off_t i = 0; i < 400; i++)
		gdbmfile_element_fill(&element[i], text, strlen(text), 5);
	(void)strlcat(text, "1 joe", sizeof text);
	len = (int)strlen(text);
	for (off_t i = 0; i < 400; i++) {
		element[i].record = bucket + BLOCK_BYTES_MAX +
		    (i < 300 ? i : 299) * len;
		(void)pwrite(file.fd, text, (size_t)len, element[i].record);
	}
	(void)pwrite(file.fd, element, sizeof element, bucket +
	    (off_t)sizeof(struct bucket_head));
	ends_where_records_overlap("a walk ends where the last elements of a large "
	    "bucket name one record");
}

/* A short file of which a walk would read 128 GiB. */
static void
cycle(void)
{
	enum gdbmfile_status status = GDBMFILE_OK;
	const char *why = "";
	struct gdbmfile_rebuild *r;
	int to = open(next, O_RDWR | O_CREAT | O_TRUNC, 0600);

	make(false);
	craft(BLOCK_BYTES_MAX, 2 * BLOCK_BYTES_MAX);
	is_int(gdbmfile_walk(&file, nothing, NULL, NULL), GDBMFILE_INVALID,
	    "a walk ends where the directory names two buckets in turn");
	is_str(file.why == NULL ? "" : file.why, "its buckets overlap",
	    "  which is reported");
	r = gdbmfile_rebuild_new(&file, to, keep_all, rank, NULL, &status, &why);
	is_int(status, GDBMFILE_INVALID, "  and so does a rebuild");
	gdbmfile_rebuild_free(r);
	craft(BLOCK_BYTES_MAX, BLOCK_BYTES_MAX);
	is_int(gdbmfile_walk(&file, nothing, NULL, NULL), GDBMFILE_OK,
	    "a bucket that all entries share is read once");
	make(true);
	is_int(file.entries, 0, "  also when a new file is made");
	(void)close(to);
}

/* A writer does not rebuild a large map for longer than it may. */
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
	    "a walk ends at its deadline");
	r = gdbmfile_rebuild_new(&file, to, keep_all, rank, NULL, &status, &why);
	is_int(status, GDBMFILE_TIMEOUT, "  and so does a rebuild");
	gdbmfile_rebuild_free(r);
	file.end = DEADLINE_NEVER;
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
	overlapping();
	overlapping_late();
	cycle();
	authmap_free(am);
	return tap_done();
}
