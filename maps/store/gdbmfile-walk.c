/* SPDX-License-Identifier: ISC */
/* Reading all records of a file. */
#include "store/gdbmfile-layout.h"

#define CHUNK_ENTRIES 512	/* of the directory, that are read at once */

enum gdbmfile_status
gdbmfile_directory_read(struct gdbmfile *file, uint32_t first, uint32_t count,
    int64_t *bucket)
{
	return gdbmfile_read(file, bucket, count * sizeof *bucket,
	    file->directory + (off_t)first * 8);
}

enum gdbmfile_status
gdbmfile_bucket_each(struct gdbmfile *file, off_t bucket, uint32_t first,
    uint32_t last, gdbmfile_element *each, void *arg)
{
	struct element element[BUCKET_ELEMENTS];
	unsigned int count;
	enum gdbmfile_status status = gdbmfile_check_bucket(file, bucket);

	/* The buckets of foreign files may be larger than ours. */
	for (unsigned int at = 0; status == GDBMFILE_OK &&
	    at < file->elements; at += count) {
		count = file->elements - at < BUCKET_ELEMENTS ?
		    file->elements - at : BUCKET_ELEMENTS;
		status = gdbmfile_read(file, element, count * sizeof *element,
		    bucket + (off_t)(sizeof(struct bucket_head) +
		    at * sizeof *element));
		for (unsigned int i = 0; status == GDBMFILE_OK && i < count;
		    i++) {
			uint32_t entry = entry_of(file,
			    (uint32_t)element[i].hash);

			if (element[i].hash >= 0 && entry >= first &&
			    entry < last)
				status = each(file, bucket, &element[i], arg);
		}
	}
	return status;
}

/* The buckets that a walk over the directory has read. */
struct met {
	off_t last;
	off_t bytes;		/* the length of all of them */
};

/* Call EACH for the elements of BUCKET, which the directory entries from FIRST to
 * before LAST name.  In gdbm's format, only neighbours share a bucket. */
static enum gdbmfile_status
bucket_meet(struct gdbmfile *file, struct met *met, off_t bucket,
    uint32_t first, uint32_t last, gdbmfile_element *each, void *arg)
{
	if (file->ours && bucket == file->empty)
		return GDBMFILE_OK;
	if (deadline_passed(file->end))
		return gdbmfile_fail(file, GDBMFILE_TIMEOUT,
		    "too large to be read in time");
	if (bucket != met->last)
		met->bytes += bucket_bytes(file);
	met->last = bucket;
	/* A short file must not take long to read. */
	if (met->bytes > file->size)
		return gdbmfile_fail(file, GDBMFILE_INVALID,
		    "its buckets overlap");
	return gdbmfile_bucket_each(file, bucket, first, last, each, arg);
}

enum gdbmfile_status
gdbmfile_each_element(struct gdbmfile *file, gdbmfile_element *each, void *arg)
{
	int64_t bucket[CHUNK_ENTRIES];
	uint32_t entries = (uint32_t)1 << file->bits, count;
	struct met met = { .bytes = 0 };
	enum gdbmfile_status status = GDBMFILE_OK;

	for (uint32_t at = 0; status == GDBMFILE_OK && at < entries;
	    at += count) {
		count = entries - at < CHUNK_ENTRIES ? entries - at :
		    CHUNK_ENTRIES;
		status = gdbmfile_directory_read(file, at, count, bucket);
		for (uint32_t i = 0, end; status == GDBMFILE_OK && i < count;
		    i = end) {
			end = gdbmfile_run_end(bucket, i, count);
			status = bucket_meet(file, &met, bucket[i], at + i,
			    at + end, each, arg);
		}
	}
	return status;
}

struct walk {
	gdbmfile_each *each;
	void *arg;
	int stopped;
	struct records records;
};

/* Return GDBMFILE_NOTFOUND if EACH ends the walk. */
static enum gdbmfile_status
walk_element(struct gdbmfile *file, off_t bucket, const struct element *element,
    void *arg)
{
	struct walk *walk = arg;
	struct gdbmfile_record record;
	enum gdbmfile_status status = gdbmfile_records_read(file,
	    &walk->records, bucket, element, &record);

	if (status != GDBMFILE_OK)
		return status == GDBMFILE_NOTFOUND ? GDBMFILE_OK : status;
	walk->stopped = walk->each(&record, walk->arg);
	return walk->stopped != 0 ? GDBMFILE_NOTFOUND : GDBMFILE_OK;
}

enum gdbmfile_status
gdbmfile_walk(struct gdbmfile *file, gdbmfile_each *each, void *arg,
    int *stopped)
{
	struct walk walk = { .each = each, .arg = arg };
	enum gdbmfile_status status = gdbmfile_each_element(file, walk_element,
	    &walk);

	if (stopped != NULL)
		*stopped = walk.stopped;
	return status == GDBMFILE_NOTFOUND ? GDBMFILE_OK : status;
}

/* Read one element.  A cursor may stop after each element, so it reads no more. */
static enum gdbmfile_status
element_read(struct gdbmfile *file, off_t bucket, unsigned int at,
    struct element *element)
{
	return gdbmfile_read(file, element, sizeof *element, bucket +
	    (off_t)(sizeof(struct bucket_head) + at * sizeof *element));
}

enum gdbmfile_status
gdbmfile_next(struct gdbmfile *file, struct gdbmfile_cursor *cursor,
    struct gdbmfile_record *record)
{
	enum gdbmfile_status status = GDBMFILE_OK;

	for (; cursor->entry < (uint32_t)1 << file->bits;
	    cursor->entry++, cursor->element = 0) {
		off_t bucket;

		status = gdbmfile_bucket_at(file, cursor->entry, &bucket);
		if (status == GDBMFILE_OK && file->ours &&
		    bucket == file->empty)
			continue;
		if (status == GDBMFILE_OK && deadline_passed(file->end))
			return gdbmfile_fail(file, GDBMFILE_TIMEOUT,
			    "too large to be read in time");
		while (status == GDBMFILE_OK &&
		    cursor->element < file->elements) {
			struct element e;

			status = element_read(file, bucket, cursor->element++,
			    &e);
			if (status != GDBMFILE_OK || e.hash < 0 ||
			    entry_of(file, (uint32_t)e.hash) != cursor->entry)
				continue;
			status = gdbmfile_record_read(file, &e, record);
			if (status == GDBMFILE_OK)
				return status;
			if (status == GDBMFILE_NOTFOUND)
				status = GDBMFILE_OK;
		}
		if (status != GDBMFILE_OK)
			return status;
	}
	return gdbmfile_fail(file, GDBMFILE_NOTFOUND, "no more records");
}
