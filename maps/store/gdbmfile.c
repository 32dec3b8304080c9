/* SPDX-License-Identifier: ISC */
#include "store/gdbmfile.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/gdbmfile-layout.h"

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

/* Check every field of gdbm_file_header before it is used. */
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
	    h->directory > file->size - bytes)
		return gdbmfile_fail(file, GDBMFILE_INVALID,
		    "the directory does not fit the file");
	if (h->next_block < file->size)
		return gdbmfile_fail(file, GDBMFILE_INVALID,
		    "longer than its header says");
	return GDBMFILE_OK;
}

/* Set FILE->ours if authmap made the file and no other program wrote to it, and copy
 * OWN, its part of the header H. */
static void
take_own(struct gdbmfile *file, const struct header *h, const struct own *own)
{
	off_t end = h->directory + h->directory_size;

	if (h->magic != HEADER_MAGIC || h->block_size != BLOCK_BYTES ||
	    h->bucket_size != BLOCK_BYTES || h->avail_count != 0 ||
	    h->avail_size != HEADER_AVAIL || h->avail_next != 0 ||
	    file->bits < DIRECTORY_BITS_MIN || own->magic != OWN_MAGIC ||
	    own->end != h->next_block || own->end != file->size ||
	    h->directory != BLOCK_BYTES || own->empty != end ||
	    own->arena < end + BLOCK_BYTES + h->directory_size ||
	    own->arena > file->size || own->entries < 0 ||
	    own->entries > (int64_t)BUCKET_ELEMENTS << file->bits)
		return;
	file->ours = true;
	file->empty = own->empty;
	file->arena = own->arena;
	file->entries = own->entries;
	file->rebuild = own->rebuild;
	file->restored = own->restored;
}

/* The first block: gdbm's header, and authmap's part behind it. */
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
	file->end = DEADLINE_NEVER;
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

void
gdbmfile_element_fill(struct element *element, const char *key, size_t key_len,
    size_t value_len)
{
	memset(element, 0, sizeof *element);
	element->hash = (int32_t)gdbmfile_hash(key, key_len);
	memcpy(element->key_start, key,
	    key_len < KEY_START ? key_len : KEY_START);
	element->key_size = (int32_t)key_len;
	element->value_size = (int32_t)value_len;
}

enum gdbmfile_status
gdbmfile_check_bucket(struct gdbmfile *file, off_t at)
{
	if (at >= (off_t)sizeof(struct header) &&
	    (!file->ours || at % 8 == 0) &&
	    at <= file->size - bucket_bytes(file))
		return GDBMFILE_OK;
	return gdbmfile_fail(file, GDBMFILE_INVALID,
	    "a bucket is outside of the file");
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
	return gdbmfile_check_bucket(file, at);
}
