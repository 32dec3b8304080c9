/* SPDX-License-Identifier: ISC */
/* Writing to a file that authmap made.  gdbmfile.h describes the order of the
 * writes. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/gdbmfile-layout.h"


enum gdbmfile_status
gdbmfile_write(struct gdbmfile *file, const void *from, size_t len, off_t at)
{
	ssize_t n;

	/* No processor may see this write before the one before it. */
	atomic_thread_fence(memory_order_seq_cst);
	do
		n = pwrite(file->fd, from, len, at);
	while (n == -1 && errno == EINTR);
	if (n == (ssize_t)len)
		return GDBMFILE_OK;
	if (n >= 0)
		errno = ENOSPC;
	return gdbmfile_fail(file, GDBMFILE_ERROR, strerror(errno));
}

/* A record that is being stored. */
struct put {
	struct gdbmfile *file;
	const char *key, *value;
	size_t key_len, value_len;
	uint32_t hash;
	off_t bucket_at;
	struct bucket bucket;
	unsigned int slot;	/* of the key, or the first unused one */
	bool known;		/* the bucket has the key */
	bool full;		/* the bucket has no unused slot */
};

/* Take LEN bytes of the arena.  The header is changed before anything points to
 * them, so a writer killed in between loses these bytes, and nothing else. */
static enum gdbmfile_status
arena_take(struct gdbmfile *file, size_t len, off_t *at)
{
	off_t next;
	enum gdbmfile_status status;

	*at = file->arena;
	/* A bucket begins where a block does. */
	if (len == BLOCK_BYTES)
		*at = (*at + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
	next = (*at + (off_t)len + 7) / 8 * 8;
	if (next > file->size)
		return gdbmfile_fail(file, GDBMFILE_FULL, "the arena is used up");
	status = gdbmfile_write(file, &next, sizeof next,
	    OWN_OFFSET + (off_t)offsetof(struct own, arena));
	if (status == GDBMFILE_OK)
		file->arena = next;
	return status;
}

/* Write the key and the value into the arena, and fill ELEMENT. */
static enum gdbmfile_status
record_write(const struct put *put, struct element *element)
{
	char text[GDBMFILE_KEY_MAX + GDBMFILE_VALUE_MAX];
	size_t len = put->key_len + put->value_len;
	off_t at;
	enum gdbmfile_status status = arena_take(put->file, len, &at);

	if (status != GDBMFILE_OK)
		return status;
	gdbmfile_element_fill(element, put->key, put->key_len, put->value_len);
	element->record = at;
	memcpy(text, put->key, put->key_len);
	memcpy(text + put->key_len, put->value, put->value_len);
	return gdbmfile_write(put->file, text, len, at);
}

/* Set PUT->slot to the slot of the key, or to the first unused slot. */
static enum gdbmfile_status
bucket_search(struct put *put)
{
	struct gdbmfile_record record;

	put->slot = put->hash % BUCKET_ELEMENTS;
	for (unsigned int n = 0; n < BUCKET_ELEMENTS; n++,
	    put->slot = (put->slot + 1) % BUCKET_ELEMENTS) {
		const struct element *e = &put->bucket.element[put->slot];
		enum gdbmfile_status status;

		if (e->hash == NO_HASH)
			return GDBMFILE_OK;
		if ((uint32_t)e->hash != put->hash ||
		    (size_t)e->key_size != put->key_len)
			continue;
		status = gdbmfile_record_read(put->file, e, &record);
		if (status == GDBMFILE_OK && strcmp(record.key, put->key) == 0) {
			put->known = true;
			return GDBMFILE_OK;
		}
		if (status != GDBMFILE_OK && status != GDBMFILE_NOTFOUND)
			return status;
	}
	put->full = true;
	return GDBMFILE_OK;
}

static unsigned int
bucket_used(const struct bucket *bucket)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < BUCKET_ELEMENTS; i++)
		used += bucket->element[i].hash != NO_HASH;
	return used;
}

void
gdbmfile_bucket_clear(struct bucket *bucket, unsigned int bits)
{
	memset(bucket, 0, sizeof *bucket);
	memset(bucket->element, 0xff, sizeof bucket->element);
	bucket->head.bits = (int32_t)bits;
}

void
gdbmfile_bucket_insert(struct bucket *bucket, const struct element *element)
{
	unsigned int at = (uint32_t)element->hash % BUCKET_ELEMENTS;

	while (bucket->element[at].hash != NO_HASH)
		at = (at + 1) % BUCKET_ELEMENTS;
	bucket->element[at] = *element;
	bucket->head.count++;
}

/* Make BUCKET again without the element LEFT_OUT, as a bucket that authmap wrote. */
static void
bucket_remake(const struct gdbmfile *file, struct bucket *bucket,
    unsigned int left_out)
{
	struct bucket old = *bucket;

	gdbmfile_bucket_clear(bucket, file->bits);
	for (unsigned int i = 0; i < BUCKET_ELEMENTS; i++)
		if (i != left_out && old.element[i].hash >= 0)
			gdbmfile_bucket_insert(bucket, &old.element[i]);
}

/* Write PUT->bucket to a new place; the commit is the directory's entry. */
static enum gdbmfile_status
bucket_commit(struct put *put)
{
	struct gdbmfile *file = put->file;
	char block[BLOCK_BYTES] = { 0 };
	off_t at;
	enum gdbmfile_status status = arena_take(file, BLOCK_BYTES, &at);

	if (status != GDBMFILE_OK)
		return status;
	memcpy(block, &put->bucket, sizeof put->bucket);
	status = gdbmfile_write(file, block, sizeof block, at);
	if (status != GDBMFILE_OK)
		return status;
	return gdbmfile_write(file, &at, sizeof at, file->directory +
	    (off_t)entry_of(file, put->hash) * 8);
}

/* Stamp the directory entry, so that a rebuild in progress copies its bucket once
 * more. */
static enum gdbmfile_status
stamp(const struct put *put)
{
	struct gdbmfile *file = put->file;

	return file->rebuild == 0 ? GDBMFILE_OK : gdbmfile_write(file,
	    &file->rebuild, 8,
	    stamps_at(file) + (off_t)entry_of(file, put->hash) * 8);
}

static off_t
element_at(const struct put *put)
{
	return put->bucket_at + (off_t)(offsetof(struct bucket, element) +
	    put->slot * sizeof(struct element));
}

/* The commit is the pointer to the new record. */
static enum gdbmfile_status
put_same_length(const struct put *put)
{
	struct element element;
	enum gdbmfile_status status = record_write(put, &element);

	if (status == GDBMFILE_OK)
		status = stamp(put);
	return status != GDBMFILE_OK ? status : gdbmfile_write(put->file,
	    &element.record, 8,
	    element_at(put) + (off_t)offsetof(struct element, record));
}

static enum gdbmfile_status
put_other_length(struct put *put)
{
	struct element element;
	enum gdbmfile_status status = record_write(put, &element);

	if (status != GDBMFILE_OK)
		return status;
	bucket_remake(put->file, &put->bucket, put->slot);
	gdbmfile_bucket_insert(&put->bucket, &element);
	return bucket_commit(put);
}

static enum gdbmfile_status
count_entries(struct gdbmfile *file, int by)
{
	file->entries += by;
	return gdbmfile_write(file, &file->entries, 8,
	    OWN_OFFSET + (off_t)offsetof(struct own, entries));
}

/*
 * The commit is the hash of the element.  The count of the bucket is written first,
 * because gdbm searches for ever for a free slot in a bucket that is full but has a
 * lower count.
 */
static enum gdbmfile_status
put_new(const struct put *put)
{
	struct element element;
	int32_t count = (int32_t)bucket_used(&put->bucket) + 1;
	enum gdbmfile_status status = record_write(put, &element);

	if (status == GDBMFILE_OK)
		status = stamp(put);
	if (status == GDBMFILE_OK)
		status = gdbmfile_write(put->file, &count, sizeof count,
		    put->bucket_at + (off_t)offsetof(struct bucket_head, count));
	if (status == GDBMFILE_OK)
		status = gdbmfile_write(put->file, element.key_start,
		    sizeof element - offsetof(struct element, key_start),
		    element_at(put) + (off_t)offsetof(struct element, key_start));
	if (status == GDBMFILE_OK)
		status = gdbmfile_write(put->file, &element.hash,
		    sizeof element.hash, element_at(put));
	return status == GDBMFILE_OK ? count_entries(put->file, 1) : status;
}

static enum gdbmfile_status
put_first(struct put *put)
{
	struct element element;
	enum gdbmfile_status status = record_write(put, &element);

	if (status != GDBMFILE_OK)
		return status;
	gdbmfile_bucket_clear(&put->bucket, put->file->bits);
	gdbmfile_bucket_insert(&put->bucket, &element);
	status = bucket_commit(put);
	return status == GDBMFILE_OK ? count_entries(put->file, 1) : status;
}

/* Return whether the bucket has elements of other buckets, as no new file has. */
static bool
is_damaged(const struct put *put)
{
	for (unsigned int i = 0; i < BUCKET_ELEMENTS; i++) {
		int32_t hash = put->bucket.element[i].hash;

		if (hash < 0 || entry_of(put->file, (uint32_t)hash) !=
		    entry_of(put->file, put->hash))
			return true;
	}
	return false;
}

/* Store the record in PUT->bucket, which is full, in place of a victim. */
static enum gdbmfile_status
put_evicting(struct put *put, struct victim *victim)
{
	unsigned int size[BUCKET_ELEMENTS];
	unsigned int largest = gdbmfile_crowds(put->file, &put->bucket, size);
	struct element element;
	enum gdbmfile_status status;

	if (is_damaged(put) || (largest <= CROWD_MAX &&
	    put->file->bits < gdbmfile_bits_max(put->file->entries)))
		return gdbmfile_fail(put->file, GDBMFILE_FULL,
		    "a bucket is full");
	status = gdbmfile_choose_victim(put->file, &put->bucket, size, victim);
	if (status == GDBMFILE_FULL)
		victim->evicted->key_len = GDBMFILE_KEY_MAX + 1;
	if (status == GDBMFILE_OK)
		status = record_write(put, &element);
	if (status != GDBMFILE_OK)
		return status;
	bucket_remake(put->file, &put->bucket, victim->at);
	gdbmfile_bucket_insert(&put->bucket, &element);
	return bucket_commit(put);
}

enum gdbmfile_status
gdbmfile_put(struct gdbmfile *file, const char *key, const char *value,
    size_t len, gdbmfile_rank *rank, void *arg,
    struct gdbmfile_record *evicted)
{
	struct victim victim = { .rank = rank, .arg = arg, .evicted = evicted };
	struct put put = { .file = file, .key = key, .value = value,
	    .key_len = strlen(key), .value_len = len };
	enum gdbmfile_status status;

	evicted->key[0] = '\0';
	evicted->key_len = 0;
	if (!file->ours || put.key_len < 1 || put.key_len > GDBMFILE_KEY_MAX ||
	    len > GDBMFILE_VALUE_MAX)
		return gdbmfile_fail(file, GDBMFILE_INVALID,
		    "cannot be written in place");
	put.hash = victim.hash = gdbmfile_hash(key, put.key_len);
	status = gdbmfile_bucket_at(file, entry_of(file, put.hash),
	    &put.bucket_at);
	if (status == GDBMFILE_OK && put.bucket_at == file->empty)
		return put_first(&put);
	if (status == GDBMFILE_OK)
		status = gdbmfile_read(file, &put.bucket, sizeof put.bucket,
		    put.bucket_at);
	if (status == GDBMFILE_OK)
		status = bucket_search(&put);
	if (status != GDBMFILE_OK)
		return status;
	if (put.known)
		return put.bucket.element[put.slot].value_size == (int)len ?
		    put_same_length(&put) : put_other_length(&put);
	return put.full ? put_evicting(&put, &victim) : put_new(&put);
}

enum gdbmfile_status
gdbmfile_replace(struct gdbmfile *file, const struct gdbmfile_record *old,
    const char *value, size_t len)
{
	const struct put put = { .file = file, .key = old->key, .value = value,
	    .key_len = old->key_len, .value_len = len,
	    .hash = gdbmfile_hash(old->key, old->key_len),
	    .bucket_at = old->bucket_at, .slot = old->slot };

	if (!file->ours || len != old->value_len)
		return gdbmfile_fail(file, GDBMFILE_INVALID,
		    "cannot be written in place");
	return put_same_length(&put);
}

enum gdbmfile_status
gdbmfile_zero(struct gdbmfile *file, const struct gdbmfile_record *record,
    size_t len)
{
	char zeros[16];

	if (len > record->value_len || len > sizeof zeros)
		return gdbmfile_fail(file, GDBMFILE_INVALID, "too short a value");
	memset(zeros, '0', len);
	return gdbmfile_write(file, zeros, len, record->value_at);
}

enum gdbmfile_status
gdbmfile_restored(struct gdbmfile *file, uint64_t number)
{
	file->restored = number;
	return gdbmfile_write(file, &file->restored, 8,
	    OWN_OFFSET + (off_t)offsetof(struct own, restored));
}
