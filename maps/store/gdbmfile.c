/* SPDX-License-Identifier: ISC */
#include "store/gdbmfile.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/gdbmfile-layout.h"

#define CHUNK_ELEMENTS 32	/* that are read at once */
#define CHUNK_ENTRIES 512	/* of the directory */

enum gdbmfile_status
gdbmfile_fail(struct gdbmfile *file, enum gdbmfile_status status,
    const char *why)
{
	file->why = why;
	return status;
}

enum gdbmfile_status
gdbmfile_read(struct gdbmfile *file, void *into, size_t len, off_t at)
{
	ssize_t n;

	do
		n = pread(file->fd, into, len, at);
	while (n == -1 && errno == EINTR);
	if (n == (ssize_t)len)
		return GDBMFILE_OK;
	return n == -1 ? gdbmfile_fail(file, GDBMFILE_ERROR, strerror(errno)) :
	    gdbmfile_fail(file, GDBMFILE_INVALID, "cut short");
}

/* gdbm_file_header: every field is checked before it is used. */
static enum gdbmfile_status
check_header(struct gdbmfile *file, const struct header *h)
{
	int64_t bytes;

	if (h->magic != HEADER_MAGIC && h->magic != HEADER_MAGIC_OLD &&
	    h->magic != HEADER_MAGIC_NUMSYNC)
		return gdbmfile_fail(file, GDBMFILE_INVALID, "not a gdbm file");
	if (h->block_size < (int)sizeof *h || h->block_size > BLOCK_BYTES_MAX ||
	    h->bucket_size <= (int)sizeof(struct bucket_head) ||
	    h->bucket_size > BLOCK_BYTES_MAX || h->bucket_elements < 1 ||
	    (size_t)h->bucket_elements != ((size_t)h->bucket_size -
	    sizeof(struct bucket_head)) / sizeof(struct element))
		return gdbmfile_fail(file, GDBMFILE_INVALID,
		    "unusable block or bucket size");
	if (h->directory_bits < 1 || h->directory_bits > DIRECTORY_BITS_MAX)
		return gdbmfile_fail(file, GDBMFILE_INVALID,
		    "unusable directory size");
	bytes = (int64_t)8 << h->directory_bits;
	if (h->directory_size != bytes || h->directory < h->block_size ||
	    h->directory % 8 != 0 || h->directory > file->size - bytes)
		return gdbmfile_fail(file, GDBMFILE_INVALID,
		    "the directory does not fit the file");
	if (h->next_block < file->size)
		return gdbmfile_fail(file, GDBMFILE_INVALID,
		    "longer than its header says");
	return GDBMFILE_OK;
}

/* Decide whether it is ours, and take OWN, our part of the header H. */
static void
take_own(struct gdbmfile *file, const struct header *h, const struct own *own)
{
	off_t first = h->directory + h->directory_size;

	if (h->magic != HEADER_MAGIC || h->block_size != BLOCK_BYTES ||
	    h->bucket_size != BLOCK_BYTES || h->avail_count != 0 ||
	    h->avail_size != HEADER_AVAIL || h->avail_next != 0 ||
	    file->bits < DIRECTORY_BITS_MIN || own->magic != OWN_MAGIC ||
	    own->end != h->next_block || own->end != file->size ||
	    h->directory != BLOCK_BYTES || own->empty != first ||
	    own->arena < first + BLOCK_BYTES || own->arena > file->size ||
	    own->entries < 0 ||
	    own->entries > (int64_t)BUCKET_ELEMENTS << file->bits)
		return;
	file->ours = true;
	file->empty = own->empty;
	file->arena = own->arena;
	file->entries = own->entries;
	file->rebuild = own->rebuild;
	file->restored = own->restored;
}

/* The first block: gdbm's header, and behind it ours. */
union first_block {
	struct header header;
	struct {
		char gdbm[OWN_OFFSET];
		struct own own;
	} ours;
};

enum gdbmfile_status
gdbmfile_open(struct gdbmfile *file, int fd)
{
	struct stat st;
	union first_block first;
	const struct header *header = &first.header;
	enum gdbmfile_status status;

	memset(file, 0, sizeof *file);
	file->fd = fd;
	file->end = NEVER;
	if (fstat(fd, &st) == -1)
		return gdbmfile_fail(file, GDBMFILE_ERROR, strerror(errno));
	if (st.st_size == 0)
		return gdbmfile_fail(file, GDBMFILE_INVALID, "an empty file");
	/* A sparse file may be so long that its offsets cannot be added. */
	if (st.st_size > FILE_BYTES_MAX)
		return gdbmfile_fail(file, GDBMFILE_INVALID, "too long");
	file->size = st.st_size;
	status = gdbmfile_read(file, &first, file->size < BLOCK_BYTES ?
	    sizeof *header : sizeof first, 0);
	if (status == GDBMFILE_OK)
		status = check_header(file, header);
	if (status != GDBMFILE_OK)
		return status;
	file->directory = header->directory;
	file->bits = (unsigned int)header->directory_bits;
	file->elements = (unsigned int)header->bucket_elements;
	/* gdbm allows a header that promises more; a write would go there. */
	if (header->next_block > file->size)
		return gdbmfile_fail(file, GDBMFILE_INVALID, "cut short");
	if (file->size >= BLOCK_BYTES)
		take_own(file, header, &first.ours.own);
	return GDBMFILE_OK;
}

uint32_t
gdbmfile_hash(const char *key, size_t len)
{
	uint32_t value = 0x238F13AFu * (uint32_t)len;

	for (size_t i = 0; i < len; i++)
		value = (value + ((uint32_t)(int32_t)key[i] << (i * 5 % 24))) &
		    0x7FFFFFFFu;
	return (1103515243u * value + 12345u) & 0x7FFFFFFFu;
}

/* Can a bucket be at AT? */
static enum gdbmfile_status
check_bucket(struct gdbmfile *file, off_t at)
{
	off_t bytes = (off_t)(sizeof(struct bucket_head) +
	    file->elements * sizeof(struct element));

	if (at >= (off_t)sizeof(struct header) && at % 8 == 0 &&
	    at <= file->size - bytes)
		return GDBMFILE_OK;
	return gdbmfile_fail(file, GDBMFILE_INVALID,
	    "a bucket does not lie in the file");
}

enum gdbmfile_status
gdbmfile_bucket_at(struct gdbmfile *file, uint32_t entry, off_t *bucket)
{
	int64_t at;
	enum gdbmfile_status status = gdbmfile_read(file, &at, sizeof at,
	    file->directory + (off_t)entry * 8);

	if (status != GDBMFILE_OK)
		return status;
	*bucket = at;
	return check_bucket(file, at);
}

enum gdbmfile_status
gdbmfile_record_read(struct gdbmfile *file, const struct element *element,
    struct gdbmfile_record *record)
{
	char text[GDBMFILE_KEY_MAX + GDBMFILE_VALUE_MAX];
	size_t key_len = (size_t)element->key_size;
	size_t value_len = (size_t)element->value_size, len;
	enum gdbmfile_status status;

	if (element->key_size < 1 || element->key_size > GDBMFILE_KEY_MAX ||
	    element->value_size < 0 || element->value_size > GDBMFILE_VALUE_MAX)
		return GDBMFILE_NOTFOUND;
	len = key_len + value_len;
	if (element->record < (off_t)sizeof(struct header) ||
	    element->record > file->size - (off_t)len)
		return gdbmfile_fail(file, GDBMFILE_INVALID,
		    "a record does not lie in the file");
	status = gdbmfile_read(file, text, len, element->record);
	if (status != GDBMFILE_OK)
		return status;
	if (memchr(text, '\0', len) != NULL ||
	    gdbmfile_hash(text, key_len) != (uint32_t)element->hash)
		return GDBMFILE_NOTFOUND;
	memcpy(record->key, text, key_len);
	record->key[key_len] = '\0';
	memcpy(record->value, text + key_len, value_len);
	record->value[value_len] = '\0';
	record->key_len = key_len;
	record->value_len = value_len;
	record->value_at = element->record + (off_t)key_len;
	return GDBMFILE_OK;
}

/* Elements of a bucket, some at a time. */
struct chunk {
	unsigned int first, count;
	struct element element[CHUNK_ELEMENTS];
};

/* Read those of the bucket at AT that begin with FIRST, unless CHUNK has it. */
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

enum gdbmfile_status
gdbmfile_bucket_each(struct gdbmfile *file, off_t bucket, uint32_t entry,
    gdbmfile_element *each, void *arg)
{
	struct chunk chunk = { .count = 0 };
	enum gdbmfile_status status = check_bucket(file, bucket);

	for (unsigned int at = 0; status == GDBMFILE_OK &&
	    at < file->elements; at++) {
		const struct element *e;

		status = chunk_read(file, bucket, at, &chunk);
		if (status != GDBMFILE_OK)
			break;
		e = &chunk.element[at - chunk.first];
		if (e->hash >= 0 && entry_of(file, (uint32_t)e->hash) == entry)
			status = each(file, e, arg);
	}
	return status;
}

enum gdbmfile_status
gdbmfile_directory_read(struct gdbmfile *file, uint32_t first, uint32_t count,
    int64_t *bucket)
{
	return gdbmfile_read(file, bucket, count * sizeof *bucket,
	    file->directory + (off_t)first * 8);
}

enum gdbmfile_status
gdbmfile_each_element(struct gdbmfile *file, gdbmfile_element *each, void *arg)
{
	int64_t bucket[CHUNK_ENTRIES];
	uint32_t entries = (uint32_t)1 << file->bits, count;
	enum gdbmfile_status status = GDBMFILE_OK;

	for (uint32_t at = 0; status == GDBMFILE_OK && at < entries;
	    at += count) {
		count = entries - at < CHUNK_ENTRIES ? entries - at :
		    CHUNK_ENTRIES;
		status = gdbmfile_directory_read(file, at, count, bucket);
		for (uint32_t i = 0; status == GDBMFILE_OK && i < count; i++)
			if (!file->ours || bucket[i] != file->empty)
				status = deadline_over(file->end) ?
				    gdbmfile_fail(file, GDBMFILE_TIMEOUT,
				    "too large to be read in time") :
				    gdbmfile_bucket_each(file, bucket[i],
				    at + i, each, arg);
	}
	return status;
}

struct walk {
	gdbmfile_each *each;
	void *arg;
	off_t bytes;		/* of the records until now */
	int stopped;
};

/* GDBMFILE_NOTFOUND ends the walk, when EACH has asked for that. */
static enum gdbmfile_status
walk_element(struct gdbmfile *file, const struct element *element, void *arg)
{
	struct walk *walk = arg;
	struct gdbmfile_record record;
	enum gdbmfile_status status = gdbmfile_record_read(file, element,
	    &record);

	if (status == GDBMFILE_NOTFOUND)
		return GDBMFILE_OK;
	if (status == GDBMFILE_OK) {
		walk->bytes += (off_t)(record.key_len + record.value_len);
		/* A short file must not fill the folder that it is saved to. */
		if (walk->bytes > file->size)
			return gdbmfile_fail(file, GDBMFILE_INVALID,
			    "its records overlap");
		walk->stopped = walk->each(&record, walk->arg);
	}
	return walk->stopped != 0 ? GDBMFILE_NOTFOUND : status;
}

enum gdbmfile_status
gdbmfile_walk(struct gdbmfile *file, gdbmfile_each *each, void *arg,
    int *stopped)
{
	struct walk walk = { each, arg, 0, 0 };
	enum gdbmfile_status status = gdbmfile_each_element(file, walk_element,
	    &walk);

	if (stopped != NULL)
		*stopped = walk.stopped;
	return status == GDBMFILE_NOTFOUND ? GDBMFILE_OK : status;
}

/* Read one element; a bucket is read by its elements here, since the caller may
 * stop after each. */
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
		if (status == GDBMFILE_OK && deadline_over(file->end))
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
