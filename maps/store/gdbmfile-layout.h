/* SPDX-License-Identifier: ISC */
/* The layout of a file in gdbm's format.  Only the files gdbmfile*.c include
 * this. */
#ifndef STORE_GDBMFILE_LAYOUT_H
#define STORE_GDBMFILE_LAYOUT_H

#include <stddef.h>

#include "store/gdbmfile.h"

/* A new file has blocks and buckets of this size. */
#define BLOCK_BYTES 4096
/* Files of other programs may have larger ones, of st_blksize bytes. */
#define BLOCK_BYTES_MAX (128 * 1024)

/* No map is longer: 10 million entries take about 2 GiB. */
#define FILE_BYTES_MAX ((off_t)1 << 40)

#define DIRECTORY_BITS_MIN 9	/* gdbm's minimum for BLOCK_BYTES */
#define DIRECTORY_BITS_MAX 20	/* 10 million entries need 17 */

#define HEADER_MAGIC 0x13579acfu	/* with 64-bit offsets */
#define HEADER_MAGIC_OLD 0x13579aceu
#define HEADER_MAGIC_NUMSYNC 0x13579ad1u
#define KEY_START 4
#define BUCKET_AVAIL 6
#define NO_HASH (-1)		/* the hash of an unused element */

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

/* The header of a new file can list this many free blocks: gdbm refuses any other
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

/* The most elements of a bucket of another program. */
#define BUCKET_ELEMENTS_MAX ((BLOCK_BYTES_MAX - sizeof(struct bucket_head)) / \
	sizeof(struct element))

struct bucket {
	struct bucket_head head;
	struct element element[BUCKET_ELEMENTS];
};

/* authmap's part of the header: the last bytes of the first block, behind the list
 * of free blocks, which is empty. */
#define OWN_MAGIC 0x0270616d68747561ULL	/* "authmap" and 2 */

struct own {
	uint64_t magic;
	int64_t end;		/* next_block, unless another program wrote */
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
_Static_assert(sizeof(struct own) <= 64, "our part of the header");

/* Return the directory entry of HASH in FILE. */
static inline uint32_t
entry_of(const struct gdbmfile *file, uint32_t hash)
{
	return hash >> (HASH_BITS - file->bits);
}

/*
 * Return where the stamps of a file that authmap made begin: 8 bytes for each
 * directory entry, between the empty bucket and the arena.  Writers store the number
 * of the rebuild in progress there.
 */
static inline off_t
stamps_at(const struct gdbmfile *file)
{
	return file->empty + BLOCK_BYTES;
}

/* Return whether a record of authmap may have the lengths in ELEMENT. */
static inline bool
lengths_fit(const struct element *element)
{
	return element->key_size >= 1 &&
	    element->key_size <= GDBMFILE_KEY_MAX &&
	    element->value_size >= 0 &&
	    element->value_size <= GDBMFILE_VALUE_MAX;
}

/* Return the length of a bucket of FILE. */
static inline off_t
bucket_bytes(const struct gdbmfile *file)
{
	return (off_t)(sizeof(struct bucket_head) +
	    file->elements * sizeof(struct element));
}

/* Read exactly LEN bytes at AT, which must lie in FILE. */
enum gdbmfile_status gdbmfile_read(struct gdbmfile *file, void *into,
    size_t len, off_t at);

/* Write exactly LEN bytes at AT. */
enum gdbmfile_status gdbmfile_write(struct gdbmfile *file, const void *from,
    size_t len, off_t at);

/* Check that a bucket can be at AT.  libgdbm places some buckets at odd offsets. */
enum gdbmfile_status gdbmfile_check_bucket(struct gdbmfile *file, off_t at);

/* Read the address of the bucket of directory entry ENTRY, and check it. */
enum gdbmfile_status gdbmfile_bucket_at(struct gdbmfile *file, uint32_t entry,
    off_t *bucket);

/*
 * Read the record that ELEMENT points to.  Return GDBMFILE_NOTFOUND if it is longer
 * than a record of authmap may be, or if its key does not have the hash or the first
 * bytes that the element has: gdbm finds no such key either.
 */
enum gdbmfile_status gdbmfile_record_read(struct gdbmfile *file,
    const struct element *element, struct gdbmfile_record *record);

#define AHEAD_BYTES (16 * 1024)

/* The records that a walk or a copy has read; zeros at first. */
struct records {
	off_t bytes;			/* the length of all of them */
	off_t bucket;			/* the next members are for its records */
	off_t last;			/* where the last record read is */
	unsigned int count;
	int64_t met[BUCKET_ELEMENTS_MAX];	/* where the first COUNT are */
	off_t ahead_at;			/* where AHEAD_LEN bytes were read ahead */
	size_t ahead_len;
	char ahead[AHEAD_BYTES];
};

/*
 * Read the record of ELEMENT of the bucket at BUCKET as gdbmfile_record_read(), and
 * count it in RECORDS.  Records that are near to one another are read at once, and
 * never before their bucket.  Return GDBMFILE_INVALID if the records exceed the
 * file's size, or if two elements of the bucket name this record: then records
 * overlap, and a short file, or a long one that is sparse, would fill the folder
 * that it is copied to.
 */
enum gdbmfile_status gdbmfile_records_read(struct gdbmfile *file,
    struct records *records, off_t bucket, const struct element *element,
    struct gdbmfile_record *record);

/* Fill ELEMENT for a key and a value of these lengths, except the place of the
 * record. */
void gdbmfile_element_fill(struct element *element, const char *key,
    size_t key_len, size_t value_len);

/* A function called for each used element of the bucket at BUCKET.  Any result but
 * GDBMFILE_OK ends the walk. */
typedef enum gdbmfile_status gdbmfile_element(struct gdbmfile *file,
    off_t bucket, const struct element *element, void *arg);

/*
 * Call EACH for the elements of the bucket at BUCKET whose hash belongs to a
 * directory entry from FIRST to before LAST, until it returns anything but
 * GDBMFILE_OK.  Return its result, or why the bucket cannot be read.
 */
enum gdbmfile_status gdbmfile_bucket_each(struct gdbmfile *file, off_t bucket,
    uint32_t first, uint32_t last, gdbmfile_element *each, void *arg);

/*
 * BUCKET has COUNT directory entries.  Return the number of the first one behind
 * FIRST that names another bucket than FIRST does, or COUNT if there is none.  So a
 * caller reads a bucket once, even if many entries share it.
 */
static inline uint32_t
gdbmfile_run_end(const int64_t *bucket, uint32_t first, uint32_t count)
{
	uint32_t end = first + 1;

	while (end < count && bucket[end] == bucket[first])
		end++;
	return end;
}

/*
 * Call EACH once for each element that a lookup could find.  Return GDBMFILE_INVALID
 * if the buckets together are longer than the file, so that a short file is not read
 * for long.
 */
enum gdbmfile_status gdbmfile_each_element(struct gdbmfile *file,
    gdbmfile_element *each, void *arg);

/* Read COUNT directory entries from FIRST on into BUCKET. */
enum gdbmfile_status gdbmfile_directory_read(struct gdbmfile *file,
    uint32_t first, uint32_t count, int64_t *bucket);

/* Make BUCKET the empty bucket of a directory of 2^BITS entries. */
void gdbmfile_bucket_clear(struct bucket *bucket, unsigned int bits);

/* Insert ELEMENT in BUCKET, which has room, where a search finds it. */
void gdbmfile_bucket_insert(struct bucket *bucket,
    const struct element *element);

/* Store WHY in FILE, and return STATUS. */
enum gdbmfile_status gdbmfile_fail(struct gdbmfile *file,
    enum gdbmfile_status status, const char *why);

#define BUCKET_ROOMY 110	/* of 166: a new bucket has no more elements */

/*
 * A crowd is the records whose hashes have the same first gdbmfile_bits_max() bits,
 * so that no directory is wide enough to separate them.  By chance, a crowd has
 * about 10 records, and hardly ever more than CROWD_MAX.  A larger crowd consists of
 * addresses that an attacker chose.  The directory is not made wider for it, and a
 * full bucket evicts a record of its largest crowd.
 */
#define CROWD_MAX 32

/* Store in SIZE for each element of BUCKET how many elements are in its crowd, or 0
 * if it is unused.  Return the largest size. */
unsigned int gdbmfile_crowds(const struct gdbmfile *file,
    const struct bucket *bucket, unsigned int size[BUCKET_ELEMENTS]);

/* Return whether BUCKET has so many records that the directory should be wider.  Of
 * each crowd, no more than CROWD_MAX are counted. */
bool gdbmfile_overfull(const struct gdbmfile *file,
    const struct bucket *bucket);

/* The record that a full bucket evicts. */
struct victim {
	gdbmfile_rank *rank;		/* of the caller, called with ARG */
	void *arg;
	uint32_t hash;			/* of the key that needs the room */
	struct gdbmfile_record *evicted;	/* a copy of it */
	unsigned int at;		/* its element in the bucket */
	int64_t least;			/* its rank */
};

/*
 * Choose the record of the smallest rank in the largest crowd of BUCKET that has a
 * record which may be evicted.  SIZE is from gdbmfile_crowds().  A key of a crowd of
 * more than CROWD_MAX evicts no record of a smaller crowd: an attacker whose own
 * records may not be evicted must not evict those of other users.  Return
 * GDBMFILE_OK, GDBMFILE_FULL if no record may be evicted, or why a record cannot be
 * read.
 */
enum gdbmfile_status gdbmfile_choose_victim(struct gdbmfile *file,
    const struct bucket *bucket, const unsigned int size[BUCKET_ELEMENTS],
    struct victim *victim);

/* A record of the new file. */
struct kept {
	struct element element;
	int64_t rank;
	uint32_t crowd;			/* the first bits of the hash */
	size_t place;			/* in its crowd, by rank */
};

/* Sort the COUNT records of one bucket so that the records to keep come first. */
void gdbmfile_best_first(struct kept *kept, size_t count);

/*
 * Decide how wide and how long TO is, which is to hold the records of FROM (NULL:
 * none) and more.  Return GDBMFILE_OK or why FROM cannot be read, as TO->why says.
 */
enum gdbmfile_status gdbmfile_plan(struct gdbmfile *from, struct gdbmfile *to);

/* Return the largest number of bits that the directory of a file with ENTRIES
 * records may have. */
unsigned int gdbmfile_bits_max(int64_t entries);

#endif
