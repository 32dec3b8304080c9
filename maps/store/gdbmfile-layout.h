/* SPDX-License-Identifier: ISC */
/* How gdbm lays out a file: shared by the files gdbmfile*.c alone. */
#ifndef STORE_GDBMFILE_LAYOUT_H
#define STORE_GDBMFILE_LAYOUT_H

#include <stddef.h>

#include "store/gdbmfile.h"

/* A new file has blocks and buckets of this size. */
#define BLOCK_BYTES 4096
/* What others made may have larger ones: what st_blksize said. */
#define BLOCK_BYTES_MAX (128 * 1024)

/* No map is longer: 10 million entries take about 2 GiB. */
#define FILE_BYTES_MAX ((off_t)1 << 40)

#define HASH_BITS 31
#define DIRECTORY_BITS_MIN 9	/* gdbm's least for BLOCK_BYTES */
#define DIRECTORY_BITS_MAX 20	/* ours: 10 million entries need 17 */

#define HEADER_MAGIC 0x13579acfu	/* with 64-bit offsets */
#define HEADER_MAGIC_OLD 0x13579aceu
#define HEADER_MAGIC_NUMSYNC 0x13579ad1u
#define KEY_START 4
#define BUCKET_AVAIL 6
#define NO_HASH (-1)		/* of an element that is not used */

struct avail_element {
	int32_t size;
	int64_t address;
};

struct header {
	uint32_t magic;
	int32_t block_size;
	int64_t directory;
	int32_t directory_size;
	int32_t directory_bits;
	int32_t bucket_size;
	int32_t bucket_elements;
	int64_t next_block;
	/* The list of free blocks, unless the magic is that of numsync. */
	int32_t avail_size;
	int32_t avail_count;
	int64_t avail_next;
};

/* How many free blocks the header of a new file can list: gdbm refuses another
 * number. */
#define HEADER_AVAIL ((BLOCK_BYTES - (int32_t)sizeof(struct header)) / \
	(int32_t)sizeof(struct avail_element))

struct element {
	int32_t hash;
	char key_start[KEY_START];
	int64_t record;
	int32_t key_size;
	int32_t value_size;
};

struct bucket_head {
	int32_t avail_count;
	struct avail_element avail[BUCKET_AVAIL];
	int32_t bits;
	int32_t count;
};

#define BUCKET_ELEMENTS ((BLOCK_BYTES - sizeof(struct bucket_head)) / \
	sizeof(struct element))

struct bucket {
	struct bucket_head head;
	struct element element[BUCKET_ELEMENTS];
};

/* A stamp stands in a bucket's last free block, which is not in use. */
#define STAMP_OFFSET (offsetof(struct bucket_head, avail) + \
	(BUCKET_AVAIL - 1) * sizeof(struct avail_element) + \
	offsetof(struct avail_element, address))

/*
 * Our part of the header: the last bytes of the first block, behind the list of
 * free blocks, which is empty.
 */
#define OWN_MAGIC 0x0170616d68747561ULL	/* "authmap" and 1 */

struct own {
	uint64_t magic;
	int64_t end;		/* as next_block: a foreign writer moves that */
	int64_t empty;
	int64_t arena;
	int64_t entries;
	uint64_t rebuild;
	uint64_t restored;	/* see gdbmfile_restored() */
};

#define OWN_OFFSET (BLOCK_BYTES - 64)

_Static_assert(sizeof(struct header) == 56, "gdbm_file_header, avail_block");
_Static_assert(offsetof(struct header, directory) == 8, "dir");
_Static_assert(offsetof(struct header, directory_size) == 16, "dir_size");
_Static_assert(offsetof(struct header, directory_bits) == 20, "dir_bits");
_Static_assert(offsetof(struct header, bucket_size) == 24, "bucket_size");
_Static_assert(offsetof(struct header, bucket_elements) == 28, "bucket_elems");
_Static_assert(offsetof(struct header, next_block) == 32, "next_block");
_Static_assert(offsetof(struct header, avail_size) == 40, "avail.size");
_Static_assert(sizeof(struct avail_element) == 16, "avail_elem");
_Static_assert(sizeof(struct element) == 24, "bucket_element");
_Static_assert(offsetof(struct element, record) == 8, "data_pointer");
_Static_assert(offsetof(struct element, key_size) == 16, "key_size");
_Static_assert(sizeof(struct bucket_head) == 112, "hash_bucket");
_Static_assert(offsetof(struct bucket_head, bits) == 104, "bucket_bits");
_Static_assert(offsetof(struct bucket_head, count) == 108, "count");
_Static_assert(sizeof(struct bucket) <= BLOCK_BYTES, "a bucket is a block");
_Static_assert(STAMP_OFFSET % 8 == 0, "a stamp is written at once");
_Static_assert(sizeof(struct own) <= 64, "our part of the header");

/* The directory entry of HASH in FILE. */
static inline uint32_t
entry_of(const struct gdbmfile *file, uint32_t hash)
{
	return hash >> (HASH_BITS - file->bits);
}

/* Read exactly LEN bytes at AT, which must lie in FILE. */
enum gdbmfile_status gdbmfile_read(struct gdbmfile *file, void *into,
    size_t len, off_t at);

/* Write exactly LEN bytes at AT. */
enum gdbmfile_status gdbmfile_write(struct gdbmfile *file, const void *from,
    size_t len, off_t at);

/* Read the address of the bucket of directory entry ENTRY, and check it. */
enum gdbmfile_status gdbmfile_bucket_at(struct gdbmfile *file, uint32_t entry,
    off_t *bucket);

/*
 * Read the record that ELEMENT names.  GDBMFILE_NOTFOUND: it is not one of ours,
 * since it is too long or its key does not have the element's hash.
 */
enum gdbmfile_status gdbmfile_record_read(struct gdbmfile *file,
    const struct element *element, struct gdbmfile_record *record);

/* Called for an element that is used; anything but GDBMFILE_OK ends the walk. */
typedef enum gdbmfile_status gdbmfile_element(struct gdbmfile *file,
    const struct element *element, void *arg);

/*
 * Call EACH for the elements of the bucket at BUCKET whose hash belongs to
 * directory entry ENTRY, until it does not return GDBMFILE_OK.  Returns that, or
 * why the bucket cannot be read.
 */
enum gdbmfile_status gdbmfile_bucket_each(struct gdbmfile *file, off_t bucket,
    uint32_t entry, gdbmfile_element *each, void *arg);

/* Call EACH for the elements of all buckets, each directory entry once. */
enum gdbmfile_status gdbmfile_each_element(struct gdbmfile *file,
    gdbmfile_element *each, void *arg);

/* Read COUNT directory entries from FIRST on into BUCKET. */
enum gdbmfile_status gdbmfile_directory_read(struct gdbmfile *file,
    uint32_t first, uint32_t count, int64_t *bucket);

/* Make BUCKET an empty one of a directory of 2^BITS entries. */
void gdbmfile_bucket_clear(struct bucket *bucket, unsigned int bits);

/* Put ELEMENT where a search for it ends in BUCKET, which has room. */
void gdbmfile_bucket_insert(struct bucket *bucket,
    const struct element *element);

/* Say WHY in FILE, and return STATUS. */
enum gdbmfile_status gdbmfile_fail(struct gdbmfile *file,
    enum gdbmfile_status status, const char *why);

#define BUCKET_ROOMY 110	/* of 166 elements: a new bucket has no more */

/*
 * A crowd is the records whose hashes agree in their first gdbmfile_bits_max()
 * bits: no directory may be so wide that they are in different buckets.  By chance,
 * about 10 records are in one, and hardly ever more than CROWD_MAX; larger crowds
 * are made of addresses that somebody chose.  A directory is not made wider for
 * them, and a full bucket gives up records of its largest crowd.
 */
#define CROWD_MAX 32

/*
 * Store for each element of BUCKET how many there are in its crowd in SIZE, 0 for
 * an unused one.  Return the largest.
 */
unsigned int gdbmfile_crowds(const struct gdbmfile *file,
    const struct bucket *bucket, unsigned int size[BUCKET_ELEMENTS]);

/* Has BUCKET so many records, no more than CROWD_MAX of each crowd counted, that
 * the directory should be wider? */
bool gdbmfile_overfull(const struct gdbmfile *file,
    const struct bucket *bucket);

/* The record that makes room in a full bucket. */
struct victim {
	gdbmfile_rank *rank;		/* the caller's, with ARG */
	void *arg;
	struct gdbmfile_record *evicted;	/* a copy of it */
	unsigned int at;		/* which element it is */
	int64_t least;			/* its rank */
};

/*
 * Choose the record of the smallest rank in the largest crowd of BUCKET that has
 * one which may go; SIZE is from gdbmfile_crowds().  Return GDBMFILE_OK;
 * GDBMFILE_FULL: each is to stay; or why a record cannot be read.
 */
enum gdbmfile_status gdbmfile_choose_victim(struct gdbmfile *file,
    const struct bucket *bucket, const unsigned int size[BUCKET_ELEMENTS],
    struct victim *victim);

/* A record that is in a new file. */
struct kept {
	struct element element;
	int64_t rank;
	uint32_t crowd;			/* the first bits of its hash */
	size_t place;			/* in its crowd, the best one first */
};

/* Sort COUNT records of one bucket so that those that are to stay come first. */
void gdbmfile_best_first(struct kept *kept, size_t count);

/*
 * Decide how wide and how long TO is, which is to hold what FROM (NULL: nothing)
 * does, with room for more.  Returns GDBMFILE_OK or why FROM cannot be read, as
 * TO->why says.
 */
enum gdbmfile_status gdbmfile_plan(struct gdbmfile *from, struct gdbmfile *to);

/* How wide the directory of a file with so many ENTRIES may be, at the most. */
unsigned int gdbmfile_bits_max(int64_t entries);

#endif
