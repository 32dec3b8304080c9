/* SPDX-License-Identifier: ISC */
/* Whether a file should be rebuilt to make room. */
#include <stdlib.h>

#include "store/gdbmfile-layout.h"

/* The count in the header may differ by this much from the elements of the buckets,
 * since writers are at work or were killed.  A larger difference is damage. */
#define ENTRIES_SLACK 1000

static bool
is_refused(const struct gdbmfile *file, const struct bucket_head *head)
{
	return head->bits != (int32_t)file->bits || head->avail_count != 0 ||
	    head->count < 0 || head->count > (int32_t)BUCKET_ELEMENTS;
}

/* Return whether BUCKET, of ENTRY, has an element that a walk finds but a search
 * does not, or one that belongs to another entry. */
static bool
has_hidden(const struct gdbmfile *file, const struct bucket *bucket,
    uint32_t entry)
{
	unsigned int run = 0;	/* used elements since the last unused one */

	/* A search goes on from the last element to the first, so look twice. */
	for (unsigned int i = 0; i < 2 * BUCKET_ELEMENTS; i++) {
		unsigned int at = i % BUCKET_ELEMENTS, first;
		int32_t hash = bucket->element[at].hash;

		if (hash == NO_HASH) {
			run = 0;
			continue;
		}
		if (hash < 0 || entry_of(file, (uint32_t)hash) != entry)
			return true;
		first = (uint32_t)hash % BUCKET_ELEMENTS;
		if (i >= BUCKET_ELEMENTS &&
		    (at + BUCKET_ELEMENTS - first) % BUCKET_ELEMENTS > run)
			return true;
		run++;
	}
	return false;
}

/* Return true if gdbm would refuse the bucket of ENTRY, or would not find one of its
 * elements.  If the directory MAY_WIDEN, also return true if the bucket is too full.
 * Add the number of its elements to *ENTRIES. */
static bool
bucket_wants_rebuild(struct gdbmfile *file, uint32_t entry, bool may_widen,
    int64_t *entries)
{
	struct bucket bucket;
	off_t at;

	if (gdbmfile_bucket_at(file, entry, &at) != GDBMFILE_OK)
		return true;
	if (at == file->empty)
		return false;
	if (gdbmfile_read(file, &bucket, sizeof bucket, at) != GDBMFILE_OK)
		return true;
	*entries += bucket.head.count;
	return is_refused(file, &bucket.head) ||
	    has_hidden(file, &bucket, entry) ||
	    (may_widen && bucket.head.count > BUCKET_ROOMY &&
	    gdbmfile_overfull(file, &bucket));
}

static int
by_address(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Return whether two directory entries point to one bucket other than the empty one:
 * a walk by gdbm might not end.  Return false if there is no memory. */
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

/* Return whether gdbm would refuse the empty bucket, or whether it has an element:
 * gdbm would find its key, but a walk by authmap does not. */
static bool
empty_is_used(struct gdbmfile *file)
{
	struct bucket bucket;

	if (gdbmfile_read(file, &bucket, sizeof bucket, file->empty) !=
	    GDBMFILE_OK || is_refused(file, &bucket.head))
		return true;
	for (unsigned int i = 0; i < BUCKET_ELEMENTS; i++)
		if (bucket.element[i].hash != NO_HASH)
			return true;
	return false;
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
	    shares_bucket(file) || empty_is_used(file))
		return true;
	for (uint32_t i = 0; i < (uint32_t)1 << file->bits; i++)
		if (bucket_wants_rebuild(file, i, may_widen, &entries))
			return true;
	return file->entries > entries + ENTRIES_SLACK ||
	    file->entries < entries - ENTRIES_SLACK;
}
