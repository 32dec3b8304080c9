/* SPDX-License-Identifier: ISC */
/* Finding the record of a key. */
#include <string.h>

#include "store/gdbmfile-layout.h"

#define CHUNK_ELEMENTS 32	/* that are read at once */

/* Some elements of a bucket. */
struct chunk {
	unsigned int first, count;
	struct element element[CHUNK_ELEMENTS];
};

/* Read the elements of the bucket at AT from FIRST on, unless CHUNK has them. */
static enum gdbmfile_status
chunk_read(struct gdbmfile *file, off_t at, unsigned int first,
    struct chunk *chunk)
{
	if (first >= chunk->first && first < chunk->first + chunk->count)
		return GDBMFILE_OK;
	chunk->first = first;
	chunk->count = file->elements - first < CHUNK_ELEMENTS ?
	    file->elements - first : CHUNK_ELEMENTS;
	return gdbmfile_read(file, chunk->element,
	    chunk->count * sizeof(struct element), at +
	    (off_t)(sizeof(struct bucket_head) + first * sizeof(struct element)));
}

enum gdbmfile_status
gdbmfile_find(struct gdbmfile *file, const char *key,
    struct gdbmfile_record *record)
{
	size_t len = strlen(key);
	uint32_t hash = gdbmfile_hash(key, len);
	unsigned int at = hash % file->elements;
	struct chunk chunk = { .count = 0 };
	off_t bucket;
	enum gdbmfile_status status = gdbmfile_bucket_at(file,
	    entry_of(file, hash), &bucket);

	/* No writer stores an element there, and no walk reads it. */
	if (status == GDBMFILE_OK && file->ours && bucket == file->empty)
		return gdbmfile_fail(file, GDBMFILE_NOTFOUND, "no such key");
	for (unsigned int n = 0; status == GDBMFILE_OK && n < file->elements;
	    n++, at = (at + 1) % file->elements) {
		const struct element *e;

		status = chunk_read(file, bucket, at, &chunk);
		if (status != GDBMFILE_OK)
			return status;
		e = &chunk.element[at - chunk.first];
		if (e->hash == NO_HASH)
			break;
		if ((uint32_t)e->hash != hash || (size_t)e->key_size != len)
			continue;
		status = gdbmfile_record_read(file, e, record);
		record->bucket_at = bucket;
		record->slot = at;
		if (status == GDBMFILE_OK && strcmp(record->key, key) == 0)
			return status;
		if (status == GDBMFILE_NOTFOUND)
			status = GDBMFILE_OK;
	}
	return status != GDBMFILE_OK ? status :
	    gdbmfile_fail(file, GDBMFILE_NOTFOUND, "no such key");
}
