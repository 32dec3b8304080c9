/* SPDX-License-Identifier: ISC */
/* Copying the records of one unit into a new file, in few writes. */
#include "store/gdbmfile-unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum gdbmfile_status
gdbmfile_out_flush(struct gdbmfile_rebuild *r)
{
	enum gdbmfile_status status = r->out_len == 0 ? GDBMFILE_OK :
	    gdbmfile_write(&r->to, r->out, r->out_len, r->out_at);

	r->out_at += (off_t)r->out_len;
	r->out_len = 0;
	return status;
}

/* Append DATA after a gap of up to 7 bytes.  Buckets are not aligned to blocks: the
 * gaps before them would double a map of many small buckets.  A few addresses that
 * collide can cause such a map. */
enum gdbmfile_status
gdbmfile_out_append(struct gdbmfile_rebuild *r, const void *data, size_t len,
    off_t *at)
{
	off_t end = r->out_at + (off_t)r->out_len;
	size_t gap = (size_t)((8 - end % 8) % 8);

	*at = end + (off_t)gap;
	if (*at + (off_t)len > r->to.size)
		return gdbmfile_fail(&r->to, GDBMFILE_FULL,
		    "has grown too much meanwhile");
	if (r->out_len + gap + len > OUT_BYTES) {
		enum gdbmfile_status status = gdbmfile_out_flush(r);

		if (status != GDBMFILE_OK)
			return status;
	}
	memset(r->out + r->out_len, 0, gap);
	memcpy(r->out + r->out_len + gap, data, len);
	r->out_len += gap + len;
	r->to.arena = *at + (off_t)len;
	return GDBMFILE_OK;
}

static struct kept *
kept_new(struct gdbmfile_rebuild *r)
{
	if (r->kept_count == r->kept_room) {
		size_t room = r->kept_room == 0 ? 256 : 2 * r->kept_room;
		struct kept *grown = reallocarray(r->kept, room, sizeof *grown);

		if (grown == NULL)
			return NULL;
		r->kept = grown;
		r->kept_room = room;
	}
	return &r->kept[r->kept_count++];
}

/* The new element follows from RECORD alone: gdbm compares all members of an
 * element, and any member of the group may have written the old one. */
static enum gdbmfile_status
copy_record(struct gdbmfile_rebuild *r, const struct gdbmfile_record *record)
{
	char text[GDBMFILE_KEY_MAX + GDBMFILE_VALUE_MAX];
	struct kept *kept = kept_new(r);
	off_t at;
	enum gdbmfile_status status;

	if (kept == NULL)
		return gdbmfile_fail(&r->to, GDBMFILE_ERROR, strerror(ENOMEM));
	memcpy(text, record->key, record->key_len);
	memcpy(text + record->key_len, record->value, record->value_len);
	status = gdbmfile_out_append(r, text, record->key_len + record->value_len,
	    &at);
	gdbmfile_element_fill(&kept->element, record->key, record->key_len,
	    record->value_len);
	kept->element.record = at;
	kept->rank = r->rank(record, r->arg);
	kept->crowd = (uint32_t)kept->element.hash >>
	    (HASH_BITS - r->crowd_bits);
	return status;
}

static enum gdbmfile_status
copy_element(struct gdbmfile *from, off_t bucket, const struct element *element,
    void *arg)
{
	struct gdbmfile_rebuild *r = arg;
	struct gdbmfile_record record;
	enum gdbmfile_status status = gdbmfile_records_read(from, &r->records,
	    bucket, element, &record);

	if (status == GDBMFILE_NOTFOUND)
		return GDBMFILE_OK;
	if (status != GDBMFILE_OK)
		return gdbmfile_fail(&r->to, status, from->why);
	return r->keep(&record, r->arg) ? copy_record(r, &record) :
	    GDBMFILE_OK;
}

static int
by_hash(const void *a, const void *b)
{
	int32_t x = ((const struct kept *)a)->element.hash;
	int32_t y = ((const struct kept *)b)->element.hash;

	return (x > y) - (x < y);
}

/* Set entry ENTRY of the new directory to BUCKET. */
static enum gdbmfile_status
directory_set(struct gdbmfile_rebuild *r, uint32_t entry, off_t bucket)
{
	r->directory[entry] = bucket;
	return !r->sealed ? GDBMFILE_OK : gdbmfile_write(&r->to,
	    &r->directory[entry], 8, r->to.directory + (off_t)entry * 8);
}

/* Make the bucket of entry ENTRY from COUNT records of R->kept, from FIRST on. */
static enum gdbmfile_status
make_bucket(struct gdbmfile_rebuild *r, uint32_t entry, size_t first,
    size_t count)
{
	union { struct bucket bucket; char bytes[BLOCK_BYTES]; } block;
	struct kept *kept;
	off_t at;
	enum gdbmfile_status status;

	if (count == 0)
		return directory_set(r, entry, r->to.empty);
	kept = &r->kept[first];
	if (count > BUCKET_ELEMENTS) {
		gdbmfile_best_first(kept, count);
		r->evicted += (unsigned int)(count - BUCKET_ELEMENTS);
		count = BUCKET_ELEMENTS;
	}
	memset(&block, 0, sizeof block);
	gdbmfile_bucket_clear(&block.bucket, r->to.bits);
	for (size_t i = 0; i < count; i++)
		gdbmfile_bucket_insert(&block.bucket, &kept[i].element);
	r->to.entries += (int64_t)count;
	status = gdbmfile_out_append(r, &block, sizeof block, &at);
	return status == GDBMFILE_OK ? directory_set(r, entry, at) : status;
}

/* Copy the records of UNIT, and gather their elements in R->kept. */
static enum gdbmfile_status
read_unit(struct gdbmfile_rebuild *r, uint32_t unit)
{
	uint32_t count = 1U << (r->from->bits - r->unit_bits);
	uint32_t first = unit * count;
	int64_t *bucket = &r->seen[first];
	enum gdbmfile_status status = gdbmfile_directory_read(r->from, first,
	    count, bucket);

	for (uint32_t i = 0, end; status == GDBMFILE_OK && i < count; i = end) {
		end = gdbmfile_run_end(bucket, i, count);
		if (r->from->ours && bucket[i] == r->from->empty)
			continue;
		/* A bucket of a foreign file may have thousands of elements. */
		status = deadline_passed(r->from->end) ? gdbmfile_fail(&r->to,
		    GDBMFILE_TIMEOUT, "too large to be rebuilt in time") :
		    gdbmfile_bucket_each(r->from, bucket[i], first + i,
		    first + end, copy_element, r);
	}
	if (status != GDBMFILE_OK && r->to.why == NULL)
		r->to.why = r->from->why;
	return status;
}

enum gdbmfile_status
gdbmfile_copy_unit(struct gdbmfile_rebuild *r, uint32_t unit)
{
	unsigned int to_bits = r->to.bits - r->unit_bits;
	uint32_t first = unit << to_bits, last = first + (1U << to_bits);
	enum gdbmfile_status status;
	size_t done = 0;

	r->kept_count = 0;
	status = read_unit(r, unit);
	if (r->kept_count > 0)
		qsort(r->kept, r->kept_count, sizeof *r->kept, by_hash);
	for (uint32_t i = first; status == GDBMFILE_OK && i < last; i++) {
		size_t end = done;

		while (end < r->kept_count && entry_of(&r->to,
		    (uint32_t)r->kept[end].element.hash) == i)
			end++;
		status = make_bucket(r, i, done, end - done);
		done = end;
	}
	return status;
}
