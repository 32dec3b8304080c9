/* SPDX-License-Identifier: ISC */
/* Making a new file from an old one, in the steps of gdbmfile.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/gdbmfile-unit.h"

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
	r->to.end = DEADLINE_NEVER;
	r->keep = keep;
	r->rank = rank;
	r->arg = arg;
	*status = gdbmfile_plan(from, &r->to);
	*why = r->to.why;
	if (*status != GDBMFILE_OK)
		return r;
	r->out_at = r->to.arena;
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

/* Write gdbm's header, and authmap's part of it. */
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

/* Complete the file TO. */
static enum gdbmfile_status
seal(struct gdbmfile_rebuild *r)
{
	enum gdbmfile_status status = gdbmfile_out_flush(r);

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
	enum gdbmfile_status status;

	memset(&empty, 0, sizeof empty);
	gdbmfile_bucket_clear(&empty.bucket, r->to.bits);
	status = gdbmfile_write(&r->to, &empty, sizeof empty, r->to.empty);
	for (uint32_t i = 0; i < (uint32_t)1 << r->to.bits; i++)
		r->directory[i] = r->to.empty;
	for (uint32_t i = 0; r->from != NULL && status == GDBMFILE_OK &&
	    i < (uint32_t)1 << r->unit_bits; i++)
		status = gdbmfile_copy_unit(r, i);
	if (status == GDBMFILE_OK)
		status = seal(r);
	*why = r->to.why;
	return status;
}

/* Return whether a writer has changed the buckets of UNIT since they were copied.
 * NOW is the directory of FROM, and STAMPS its stamps. */
static bool
unit_changed(const struct gdbmfile_rebuild *r, uint32_t unit,
    const int64_t *now, const uint64_t *stamps)
{
	unsigned int from_bits = r->from->bits - r->unit_bits;
	uint32_t first = unit << from_bits, last = first + (1U << from_bits);

	/* Without a mark no writer stamps an entry; then no writer is at work. */
	for (uint32_t i = first; i < last; i++)
		if (now[i] != r->seen[i] || (r->from->rebuild != 0 &&
		    stamps[i] == r->from->rebuild))
			return true;
	return false;
}

/* Subtract the records that the buckets of UNIT have in TO from its count. */
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
		/* The old file is not damaged, only the new one. */
		if (status != GDBMFILE_OK)
			return gdbmfile_fail(&r->to, GDBMFILE_ERROR,
			    r->to.why);
		r->to.entries -= head.count;
	}
	return GDBMFILE_OK;
}

/* Copy the units again that writers have changed: NOW and STAMPS are those of
 * unit_changed(). */
static enum gdbmfile_status
copy_changed(struct gdbmfile_rebuild *r, const int64_t *now,
    const uint64_t *stamps)
{
	enum gdbmfile_status status = GDBMFILE_OK;

	/* Writers may have changed each bucket, so each may be copied again. */
	memset(&r->records, 0, sizeof r->records);
	for (uint32_t i = 0; status == GDBMFILE_OK &&
	    i < (uint32_t)1 << r->unit_bits; i++) {
		if (!unit_changed(r, i, now, stamps))
			continue;
		status = gdbmfile_out_flush(r);
		if (status == GDBMFILE_OK)
			status = uncount_unit(r, i);
		if (status == GDBMFILE_OK)
			status = gdbmfile_copy_unit(r, i);
	}
	return status;
}

/* Read the directory of FROM and its stamps, and copy again what has changed. */
static enum gdbmfile_status
catch_up(struct gdbmfile_rebuild *r)
{
	size_t entries = (size_t)1 << r->from->bits;
	int64_t *now = calloc(entries, sizeof *now);
	uint64_t *stamps = calloc(entries, sizeof *stamps);
	enum gdbmfile_status status;

	if (now == NULL || stamps == NULL) {
		free(now);
		free(stamps);
		return gdbmfile_fail(&r->to, GDBMFILE_ERROR, strerror(ENOMEM));
	}
	status = gdbmfile_directory_read(r->from, 0, (uint32_t)entries, now);
	/* Nobody writes to a foreign file in place. */
	if (status == GDBMFILE_OK && r->from->ours)
		status = gdbmfile_read(r->from, stamps,
		    entries * sizeof *stamps, stamps_at(r->from));
	if (status != GDBMFILE_OK)
		(void)gdbmfile_fail(&r->to, status, r->from->why);
	else
		status = copy_changed(r, now, stamps);
	free(now);
	free(stamps);
	return status;
}

enum gdbmfile_status
gdbmfile_rebuild_finish(struct gdbmfile_rebuild *r, const char **why)
{
	enum gdbmfile_status status = GDBMFILE_OK;

	if (r->from != NULL) {
		status = catch_up(r);
		if (status == GDBMFILE_OK)
			status = gdbmfile_out_flush(r);
		if (status == GDBMFILE_OK)
			status = write_header(r);
	}
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
