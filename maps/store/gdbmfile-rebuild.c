/* SPDX-License-Identifier: ISC */
/* Making a new file of an old one: see gdbmfile.h for the steps. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/gdbmfile-layout.h"

#define OUT_BYTES (256 * 1024)

struct gdbmfile_rebuild {
	struct gdbmfile *from;		/* NULL: nothing */
	struct gdbmfile to;
	gdbmfile_keep *keep;
	gdbmfile_rank *rank;
	void *arg;
	unsigned int unit_bits;		/* of the narrower directory */
	unsigned int crowd_bits;	/* of a hash: see struct kept */
	int64_t *seen;			/* FROM's directory, as it was copied */
	int64_t *directory;		/* TO's */
	struct kept *kept;		/* of one unit */
	size_t kept_count, kept_room;
	unsigned int evicted;
	bool sealed;			/* TO is whole */
	off_t out_at;			/* where OUT goes */
	size_t out_len;
	char out[OUT_BYTES];
};

/* ----- writing it, in one go ----------------------------------------------- */

static enum gdbmfile_status
out_flush(struct gdbmfile_rebuild *r)
{
	enum gdbmfile_status status = r->out_len == 0 ? GDBMFILE_OK :
	    gdbmfile_write(&r->to, r->out, r->out_len, r->out_at);

	r->out_at += (off_t)r->out_len;
	r->out_len = 0;
	return status;
}

/* Append LEN bytes, no more than a block, at the next multiple of 8.  Buckets do
 * not begin where blocks do: what is left free before each would double a map of
 * many small ones, which a few addresses that collide make of any map. */
static enum gdbmfile_status
out_append(struct gdbmfile_rebuild *r, const void *data, size_t len,
    off_t *at)
{
	off_t end = r->out_at + (off_t)r->out_len;
	size_t gap = (size_t)((8 - end % 8) % 8);

	*at = end + (off_t)gap;
	if (*at + (off_t)len > r->to.size)
		return gdbmfile_fail(&r->to, GDBMFILE_FULL,
		    "has grown too much meanwhile");
	if (r->out_len + gap + len > OUT_BYTES) {
		enum gdbmfile_status status = out_flush(r);

		if (status != GDBMFILE_OK)
			return status;
	}
	memset(r->out + r->out_len, 0, gap);
	memcpy(r->out + r->out_len + gap, data, len);
	r->out_len += gap + len;
	r->to.arena = *at + (off_t)len;
	return GDBMFILE_OK;
}

/* ----- one unit: what stands in the same place of both directories -------- */

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

static enum gdbmfile_status
copy_record(struct gdbmfile_rebuild *r, const struct gdbmfile_record *record,
    const struct element *old)
{
	char text[GDBMFILE_KEY_MAX + GDBMFILE_VALUE_MAX];
	struct kept *kept = kept_new(r);
	off_t at;
	enum gdbmfile_status status;

	if (kept == NULL)
		return gdbmfile_fail(&r->to, GDBMFILE_ERROR, strerror(ENOMEM));
	memcpy(text, record->key, record->key_len);
	memcpy(text + record->key_len, record->value, record->value_len);
	status = out_append(r, text, record->key_len + record->value_len,
	    &at);
	kept->element = *old;
	kept->element.record = at;
	kept->element.value_size = (int32_t)record->value_len;
	kept->rank = r->rank(record, r->arg);
	kept->crowd = (uint32_t)old->hash >> (HASH_BITS - r->crowd_bits);
	return status;
}

static enum gdbmfile_status
copy_element(struct gdbmfile *from, const struct element *element, void *arg)
{
	struct gdbmfile_rebuild *r = arg;
	struct gdbmfile_record record;
	enum gdbmfile_status status = gdbmfile_record_read(from, element,
	    &record);

	if (status == GDBMFILE_NOTFOUND)
		return GDBMFILE_OK;
	if (status != GDBMFILE_OK)
		return gdbmfile_fail(&r->to, status, from->why);
	return r->keep(&record, r->arg) ? copy_record(r, &record, element) :
	    GDBMFILE_OK;
}

static int
by_hash(const void *a, const void *b)
{
	int32_t x = ((const struct kept *)a)->element.hash;
	int32_t y = ((const struct kept *)b)->element.hash;

	return (x > y) - (x < y);
}

/* Note where the bucket of TO's directory entry ENTRY is. */
static enum gdbmfile_status
directory_set(struct gdbmfile_rebuild *r, uint32_t entry, off_t bucket)
{
	r->directory[entry] = bucket;
	return !r->sealed ? GDBMFILE_OK : gdbmfile_write(&r->to,
	    &r->directory[entry], 8, r->to.directory + (off_t)entry * 8);
}

/* Make the bucket of entry ENTRY of the COUNT records of R->kept from FIRST on. */
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
	status = out_append(r, &block, sizeof block, &at);
	return status == GDBMFILE_OK ? directory_set(r, entry, at) : status;
}

/* Copy what belongs to UNIT from the buckets of FROM into those of TO. */
static enum gdbmfile_status
copy_unit(struct gdbmfile_rebuild *r, uint32_t unit)
{
	unsigned int from_bits = r->from->bits - r->unit_bits;
	unsigned int to_bits = r->to.bits - r->unit_bits;
	uint32_t first = unit << from_bits, last = first + (1U << from_bits);
	enum gdbmfile_status status = GDBMFILE_OK;
	size_t done = 0;

	r->kept_count = 0;
	for (uint32_t i = first; status == GDBMFILE_OK && i < last; i++) {
		off_t bucket;

		status = gdbmfile_bucket_at(r->from, i, &bucket);
		if (status != GDBMFILE_OK)
			return gdbmfile_fail(&r->to, status, r->from->why);
		r->seen[i] = bucket;
		if (r->from->ours && bucket == r->from->empty)
			continue;
		/* A bucket of a foreign file may have thousands of elements. */
		status = deadline_over(r->from->end) ? gdbmfile_fail(&r->to,
		    GDBMFILE_TIMEOUT, "too large to be made anew in time") :
		    gdbmfile_bucket_each(r->from, bucket, i, copy_element, r);
	}
	if (status != GDBMFILE_OK && r->to.why == NULL)
		r->to.why = r->from->why;
	if (r->kept_count > 0)
		qsort(r->kept, r->kept_count, sizeof *r->kept, by_hash);
	first = unit << to_bits;
	last = first + (1U << to_bits);
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

/* ----- the steps ----------------------------------------------------------- */

enum gdbmfile_status
gdbmfile_rebuild_mark(struct gdbmfile *file, uint64_t number)
{
	file->rebuild = number;
	return gdbmfile_write(file, &file->rebuild, 8,
	    OWN_OFFSET + (off_t)offsetof(struct own, rebuild));
}

struct gdbmfile_rebuild *
gdbmfile_rebuild_new(struct gdbmfile *from, int to, gdbmfile_keep *keep,
    gdbmfile_rank *rank, void *arg, enum gdbmfile_status *status,
    const char **why)
{
	struct gdbmfile_rebuild *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->from = from;
	r->to.fd = to;
	r->to.end = NEVER;
	r->keep = keep;
	r->rank = rank;
	r->arg = arg;
	*status = gdbmfile_plan(from, &r->to);
	*why = r->to.why;
	if (*status != GDBMFILE_OK)
		return r;
	r->out_at = r->to.empty;
	r->crowd_bits = gdbmfile_bits_max(from != NULL ? from->entries : 0);
	r->unit_bits = r->to.bits;
	if (from != NULL && from->bits < r->unit_bits)
		r->unit_bits = from->bits;
	r->directory = calloc((size_t)1 << r->to.bits, sizeof *r->directory);
	r->seen = calloc((size_t)1 << (from != NULL ? from->bits : 0),
	    sizeof *r->seen);
	if (r->directory == NULL || r->seen == NULL) {
		gdbmfile_rebuild_free(r);
		return NULL;
	}
	return r;
}

/* The header and our part of it. */
static enum gdbmfile_status
write_header(struct gdbmfile_rebuild *r)
{
	char block[BLOCK_BYTES] = { 0 };
	const struct gdbmfile *to = &r->to;
	struct header header = { .magic = HEADER_MAGIC,
	    .block_size = BLOCK_BYTES, .directory = to->directory,
	    .directory_size = (int32_t)(8 << to->bits),
	    .directory_bits = (int32_t)to->bits, .bucket_size = BLOCK_BYTES,
	    .bucket_elements = BUCKET_ELEMENTS, .next_block = to->size,
	    .avail_size = HEADER_AVAIL };
	struct own own = { .magic = OWN_MAGIC, .end = to->size,
	    .empty = to->empty, .arena = (to->arena + 7) / 8 * 8,
	    .entries = to->entries, .restored = to->restored };

	memcpy(block, &header, sizeof header);
	memcpy(block + OWN_OFFSET, &own, sizeof own);
	return gdbmfile_write(&r->to, block, sizeof block, 0);
}

/* From now on, TO is a whole file. */
static enum gdbmfile_status
seal(struct gdbmfile_rebuild *r)
{
	enum gdbmfile_status status = out_flush(r);

	if (status == GDBMFILE_OK && ftruncate(r->to.fd, r->to.size) == -1)
		status = gdbmfile_fail(&r->to, GDBMFILE_ERROR, strerror(errno));
	if (status == GDBMFILE_OK)
		status = gdbmfile_write(&r->to, r->directory,
		    (size_t)8 << r->to.bits, r->to.directory);
	r->sealed = true;
	return status == GDBMFILE_OK ? write_header(r) : status;
}

enum gdbmfile_status
gdbmfile_rebuild_copy(struct gdbmfile_rebuild *r, const char **why)
{
	union { struct bucket bucket; char bytes[BLOCK_BYTES]; } empty;
	off_t at;
	enum gdbmfile_status status;

	memset(&empty, 0, sizeof empty);
	gdbmfile_bucket_clear(&empty.bucket, r->to.bits);
	status = out_append(r, &empty, sizeof empty, &at);
	for (uint32_t i = 0; i < (uint32_t)1 << r->to.bits; i++)
		r->directory[i] = r->to.empty;
	for (uint32_t i = 0; r->from != NULL && status == GDBMFILE_OK &&
	    i < (uint32_t)1 << r->unit_bits; i++)
		status = copy_unit(r, i);
	if (status == GDBMFILE_OK)
		status = seal(r);
	*why = r->to.why;
	return status;
}

/* Has a writer changed what belongs to UNIT since it was copied? */
static enum gdbmfile_status
unit_changed(struct gdbmfile_rebuild *r, uint32_t unit, const int64_t *now,
    bool *changed)
{
	unsigned int from_bits = r->from->bits - r->unit_bits;
	uint32_t first = unit << from_bits, last = first + (1U << from_bits);

	*changed = false;
	for (uint32_t i = first; !*changed && i < last; i++) {
		uint64_t stamp;
		enum gdbmfile_status status;

		*changed = now[i] != r->seen[i];
		/* Without a mark there are no stamps: no writer was at work. */
		if (*changed || r->from->rebuild == 0 ||
		    now[i] == r->from->empty)
			continue;
		status = gdbmfile_read(r->from, &stamp, sizeof stamp,
		    now[i] + (off_t)STAMP_OFFSET);
		if (status != GDBMFILE_OK)
			return gdbmfile_fail(&r->to, status, r->from->why);
		*changed = stamp == r->from->rebuild;
	}
	return GDBMFILE_OK;
}

/* How many records the buckets of UNIT have in TO. */
static enum gdbmfile_status
uncount_unit(struct gdbmfile_rebuild *r, uint32_t unit)
{
	unsigned int to_bits = r->to.bits - r->unit_bits;
	uint32_t first = unit << to_bits, last = first + (1U << to_bits);

	for (uint32_t i = first; i < last; i++) {
		struct bucket_head head;
		enum gdbmfile_status status;

		if (r->directory[i] == r->to.empty)
			continue;
		status = gdbmfile_read(&r->to, &head, sizeof head,
		    r->directory[i]);
		if (status != GDBMFILE_OK)
			return status;
		r->to.entries -= head.count;
	}
	return GDBMFILE_OK;
}

static enum gdbmfile_status
catch_up(struct gdbmfile_rebuild *r, const int64_t *now)
{
	enum gdbmfile_status status = GDBMFILE_OK;

	for (uint32_t i = 0; status == GDBMFILE_OK &&
	    i < (uint32_t)1 << r->unit_bits; i++) {
		bool changed;

		status = unit_changed(r, i, now, &changed);
		if (status != GDBMFILE_OK || !changed)
			continue;
		status = out_flush(r);
		if (status == GDBMFILE_OK)
			status = uncount_unit(r, i);
		if (status == GDBMFILE_OK)
			status = copy_unit(r, i);
	}
	if (status == GDBMFILE_OK)
		status = out_flush(r);
	return status == GDBMFILE_OK ? write_header(r) : status;
}

enum gdbmfile_status
gdbmfile_rebuild_finish(struct gdbmfile_rebuild *r, const char **why)
{
	size_t entries = (size_t)1 << (r->from != NULL ? r->from->bits : 0);
	int64_t *now = calloc(entries, sizeof *now);
	enum gdbmfile_status status = GDBMFILE_OK;

	if (now == NULL) {
		*why = strerror(ENOMEM);
		return GDBMFILE_ERROR;
	}
	if (r->from != NULL) {
		status = gdbmfile_directory_read(r->from, 0, (uint32_t)entries,
		    now);
		if (status != GDBMFILE_OK)
			(void)gdbmfile_fail(&r->to, status, r->from->why);
		else
			status = catch_up(r, now);
	}
	free(now);
	*why = r->to.why;
	return status;
}

unsigned int
gdbmfile_rebuild_evicted(const struct gdbmfile_rebuild *r)
{
	return r->evicted;
}

void
gdbmfile_rebuild_free(struct gdbmfile_rebuild *r)
{
	if (r == NULL)
		return;
	free(r->seen);
	free(r->directory);
	free(r->kept);
	free(r);
}
