/* SPDX-License-Identifier: ISC */
/* A map that an attacker has changed: each call ends, and does not use other memory.
 * The first byte of the input selects what is done with the map; then come the
 * changes. */
#define _GNU_SOURCE		/* memfd_create(2) */

#include "fuzz.h"

#include <sys/mman.h>

#include "store/gdbmfile-layout.h"

#define RECORDS 40
#define WRITTEN_MAX (1024 * 1024)	/* bytes of the map that are not zeros */

/* Bits of the first byte. */
#define REBUILT 15	/* all of them, since a rebuild takes so long */
#define MARKED 16	/* the file is changed during it */

/* A write into the map. */
struct spoil {
	uint8_t part;
	uint8_t bytes;
	uint8_t at[2];
	uint8_t value[8];
};

/* The map before it is damaged, and the places of its parts. */
static char whole[WRITTEN_MAX];
static off_t whole_size, written, part[6];

static int
each(const struct gdbmfile_record *record, void *arg)
{
	(void)arg;
	must(record->key_len > 0 && record->key_len <= GDBMFILE_KEY_MAX &&
	    strlen(record->key) == record->key_len &&
	    strlen(record->value) == record->value_len);
	return 0;
}

static bool
keep(struct gdbmfile_record *record, void *arg)
{
	return each(record, arg) == 0;
}

static int64_t
rank(const struct gdbmfile_record *record, void *unused)
{
	(void)unused;
	return record->value[0];
}

/* Write into KEY the next key of the first bucket, *N being its number. */
static void
next_key(unsigned int *n, char key[GDBMFILE_KEY_MAX])
{
	do {
		(void)snprintf(key, GDBMFILE_KEY_MAX, "10.%u.%u.1", *n >> 8,
		    *n & 255);
		++*n;
	} while (gdbmfile_hash(key, strlen(key)) >>
	    (HASH_BITS - DIRECTORY_BITS_MIN) != 0);
}

/* Store RECORDS of one bucket in FILE, or as many as there is room for. */
static void
put_all(struct gdbmfile *file, unsigned int *n)
{
	struct gdbmfile_record evicted;
	char key[GDBMFILE_KEY_MAX];
	enum gdbmfile_status status = GDBMFILE_OK;

	for (int i = 0; i < RECORDS && status == GDBMFILE_OK; i++) {
		next_key(n, key);
		status = gdbmfile_put(file, key, "1 value", 7, rank, NULL, &evicted);
	}
}

/* Make in TO a copy of FROM, or an empty file if FROM is NULL.  If MARKED, change
 * FROM meanwhile.  Return whether that succeeded. */
static bool
rebuild(struct gdbmfile *from, int to, bool marked)
{
	enum gdbmfile_status status = GDBMFILE_ERROR;
	const char *why = NULL;
	unsigned int n = 0;
	struct gdbmfile_rebuild *r;

	if (marked && gdbmfile_rebuild_mark(from, 7) != GDBMFILE_OK)
		return false;
	r = gdbmfile_rebuild_new(from, to, keep, rank, NULL, &status, &why);
	must(r != NULL);
	if (status == GDBMFILE_OK)
		status = gdbmfile_rebuild_copy(r, &why);
	if (status == GDBMFILE_OK && marked)
		put_all(from, &n);
	if (status == GDBMFILE_OK)
		status = gdbmfile_rebuild_finish(r, &why);
	gdbmfile_rebuild_free(r);
	must(status == GDBMFILE_OK || why != NULL);
	return status == GDBMFILE_OK;
}

/* Make the map in FD, and keep a copy. */
static void
prepare(int fd)
{
	struct gdbmfile_record record;
	struct gdbmfile file;
	char key[GDBMFILE_KEY_MAX];
	unsigned int n = 0;

	must(rebuild(NULL, fd, false) && gdbmfile_open(&file, fd) ==
	    GDBMFILE_OK);
	put_all(&file, &n);
	n = 0;
	next_key(&n, key);
	must(gdbmfile_find(&file, key, &record) == GDBMFILE_OK);
	part[1] = OWN_OFFSET;
	part[2] = file.directory;
	must(gdbmfile_bucket_at(&file, 0, &part[3]) == GDBMFILE_OK);
	part[4] = part[3] + (off_t)(offsetof(struct bucket, element) +
	    gdbmfile_hash(key, strlen(key)) % BUCKET_ELEMENTS *
	    sizeof(struct element));
	part[5] = record.value_at - (off_t)record.key_len;
	whole_size = file.size;
	written = file.arena;
	must(written <= WRITTEN_MAX &&
	    pread(fd, whole, (size_t)written, 0) == written);
}

/* Apply SPOIL: write into a part of FD, truncate it or extend it. */
static void
spoil_file(int fd, const struct spoil *spoil)
{
	off_t at = (off_t)spoil->at[0] | (off_t)spoil->at[1] << 8;
	int64_t size;

	if (spoil->part % 8 < 6) {
		(void)pwrite(fd, spoil->value, 1 + spoil->bytes % 8,
		    part[spoil->part % 8] + at);
		return;
	}
	memcpy(&size, spoil->value, sizeof size);
	if (spoil->part % 8 == 6)
		size = (int64_t)((uint64_t)size % (uint64_t)whole_size);
	if (size >= 0)
		(void)ftruncate(fd, size);
}

/* Read and change FILE in every way. */
static void
use(struct gdbmfile *file, int to, unsigned int how)
{
	struct gdbmfile_cursor cursor = { .entry = 0 };
	struct gdbmfile_record record;
	char key[GDBMFILE_KEY_MAX];
	unsigned int n = 0;

	next_key(&n, key);
	if (gdbmfile_find(file, key, &record) == GDBMFILE_OK)
		must(strcmp(record.key, key) == 0);
	file->end = deadline_in(100);
	for (int i = 0; i < 2 * RECORDS && gdbmfile_next(file, &cursor,
	    &record) == GDBMFILE_OK; i++)
		(void)each(&record, NULL);
	file->end = deadline_in(100);
	(void)gdbmfile_walk(file, each, NULL, NULL);
	(void)gdbmfile_wants_room(file);
	(void)gdbmfile_put(file, key, "2 value", 7, rank, NULL, &record);
	(void)gdbmfile_put(file, key, "2 longer", 8, rank, NULL, &record);
	if (gdbmfile_find(file, key, &record) == GDBMFILE_OK)
		(void)gdbmfile_zero(file, &record, 1);
	put_all(file, &n);
	if ((how & REBUILT) == REBUILT)
		(void)rebuild(file, to, (how & MARKED) != 0 && file->ours);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1, to = -1;
	struct gdbmfile file;
	struct spoil spoil;

	if (fd == -1) {
		fd = memfd_create("map", MFD_CLOEXEC);
		to = memfd_create("next", MFD_CLOEXEC);
		must(fd != -1 && to != -1);
		prepare(fd);
	}
	must(ftruncate(fd, 0) == 0 && ftruncate(fd, whole_size) == 0 &&
	    ftruncate(to, 0) == 0 &&
	    pwrite(fd, whole, (size_t)written, 0) == written);
	for (size_t at = 1; at + sizeof spoil <= size; at += sizeof spoil) {
		memcpy(&spoil, data + at, sizeof spoil);
		spoil_file(fd, &spoil);
	}
	if (gdbmfile_open(&file, fd) == GDBMFILE_OK)
		use(&file, to, size > 0 ? data[0] : 0);
	return 0;
}
