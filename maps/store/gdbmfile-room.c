/* SPDX-License-Identifier: ISC */
/* How large a file may be, and whether it should be made anew. */
#include <stdlib.h>

#include "store/gdbmfile-layout.h"

#define ENTRIES_PER_BUCKET 83	/* when half full: what a directory is made for */
#define WIDER_BITS 3		/* a directory is up to 8 times as wide as needed */

unsigned int
gdbmfile_bits_max(int64_t entries)
{
	unsigned int bits = DIRECTORY_BITS_MIN;

	while (bits < DIRECTORY_BITS_MAX - WIDER_BITS &&
	    ((int64_t)ENTRIES_PER_BUCKET << bits) < entries)
		bits++;
	return bits + WIDER_BITS;
}

/* The header may count other entries than the buckets have by so many, since
 * writers are at work or were killed: else that is damage. */
#define ENTRIES_SLACK 1000

/* Is the bucket of ENTRY one that gdbm would refuse, or, if the directory MAY_WIDEN,
 * one that is too full?  *ENTRIES grows by its elements. */
static bool
bucket_wants_rebuild(struct gdbmfile *file, uint32_t entry, bool may_widen,
    int64_t *entries)
{
	struct bucket bucket;
	off_t at;

	if (gdbmfile_bucket_at(file, entry, &at) != GDBMFILE_OK ||
	    gdbmfile_read(file, &bucket.head, sizeof bucket.head, at) !=
	    GDBMFILE_OK)
		return true;
	*entries += bucket.head.count;
	return bucket.head.bits != (int32_t)file->bits ||
	    bucket.head.avail_count != 0 || bucket.head.count < 0 ||
	    bucket.head.count > (int32_t)BUCKET_ELEMENTS ||
	    (may_widen && bucket.head.count > BUCKET_ROOMY &&
	    (gdbmfile_read(file, &bucket, sizeof bucket, at) != GDBMFILE_OK ||
	    gdbmfile_overfull(file, &bucket)));
}

static int
by_address(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Do two entries name one bucket, other than the empty one?  gdbm's own walk
 * might go round for ever.  Without memory, nobody can tell. */
static bool
shares_bucket(struct gdbmfile *file)
{
	size_t entries = (size_t)1 << file->bits;
	int64_t *bucket = calloc(entries, sizeof *bucket);
	bool shares = bucket != NULL && gdbmfile_directory_read(file, 0,
	    (uint32_t)entries, bucket) != GDBMFILE_OK;

	if (bucket != NULL)
		qsort(bucket, entries, sizeof *bucket, by_address);
	for (size_t i = 1; bucket != NULL && i < entries; i++)
		shares = shares || (bucket[i] == bucket[i - 1] &&
		    bucket[i] != file->empty);
	free(bucket);
	return shares;
}

bool
gdbmfile_wants_room(struct gdbmfile *file)
{
	off_t first = file->empty + BLOCK_BYTES;
	bool may_widen = file->bits < gdbmfile_bits_max(file->entries);
	int64_t entries = 0;

	if (!file->ours)
		return true;
	if (file->arena - first > (file->size - first) * 3 / 4 ||
	    shares_bucket(file))
		return true;
	for (uint32_t i = 0; i < (uint32_t)1 << file->bits; i++)
		if (bucket_wants_rebuild(file, i, may_widen, &entries))
			return true;
	return file->entries > entries + ENTRIES_SLACK ||
	    file->entries < entries - ENTRIES_SLACK;
}
