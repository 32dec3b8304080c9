/* SPDX-License-Identifier: ISC */
/*
 * A file in gdbm's format, written in place, which any gdbm reader may read at
 * any moment without a lock.  The files gdbmfile*.c are the only ones that know
 * the format; the structures are those of gdbm 1.23, gdbmdefs.h.
 *
 * Each member of the map's group may write the file, so nothing in it is believed
 * without a bound from elsewhere: every offset and length is checked against the
 * file's size, and every read is a pread(2) of a bounded length.
 *
 * The file consists of a header, a directory, and an arena behind them.  The
 * directory has 2^bits entries; the first bits of a key's hash choose one, which
 * names the bucket.  A bucket is a hash table of elements; an element names the
 * record, which is the key and then the value.  The width of the directory never
 * changes: each entry has a bucket of its own, and the unused ones share one
 * empty bucket.
 *
 * A change writes new bytes into the unused part of the arena first, and then
 * makes them visible by one aligned write of 4 or 8 bytes (the commit).  A writer
 * that is killed before the commit loses some arena, and nothing else.
 */
#ifndef STORE_GDBMFILE_H
#define STORE_GDBMFILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/safefile.h"

#define GDBMFILE_KEY_MAX 64		/* bytes of a key */
#define GDBMFILE_VALUE_MAX 4608		/* bytes of a value */

enum gdbmfile_status {
	GDBMFILE_OK,
	GDBMFILE_NOTFOUND,	/* there is no such key */
	GDBMFILE_FULL,		/* no room: a rebuild makes it */
	GDBMFILE_INVALID,	/* not in gdbm's format, or damaged */
	GDBMFILE_TIMEOUT,		/* the time had passed before it was done */
	GDBMFILE_ERROR		/* the system could not read or write it */
};

/* An open file. */
struct gdbmfile {
	int fd;			/* owned by the caller */
	const char *why;	/* why the last call failed, in words */
	off_t size;		/* bytes, when it was opened */
	off_t directory;	/* where it begins */
	unsigned int bits;	/* it has 2^bits entries */
	unsigned int elements;	/* of a bucket */
	deadline end;		/* for reading all of it; none when opened */
	bool ours;		/* only authmap has made and written it */
	/* The next members are authmap's part of the header, if OURS. */
	off_t empty;		/* the empty bucket */
	off_t arena;		/* the first unused byte */
	int64_t entries;	/* records, removed and expired ones among them */
	uint64_t rebuild;	/* the rebuild that is going on, or 0 */
	uint64_t restored;	/* see gdbmfile_restored() */
};

/* A record in the file. */
struct gdbmfile_record {
	char key[GDBMFILE_KEY_MAX + 1];		/* and a NUL */
	char value[GDBMFILE_VALUE_MAX + 1];	/* and a NUL */
	size_t key_len, value_len;
	off_t value_at;				/* where the value begins */
	/* Where gdbmfile_find() has found it. */
	off_t bucket_at;
	unsigned int slot;			/* of the bucket */
};

/*
 * Read and check the header of the file that FD has open for reading, and fill FILE.
 * FD stays owned by the caller.  Return GDBMFILE_OK, GDBMFILE_INVALID or
 * GDBMFILE_ERROR; FILE->why has the reason.
 */
enum gdbmfile_status gdbmfile_open(struct gdbmfile *file, int fd);

/* Find KEY, a string, and fill RECORD.  Return GDBMFILE_OK, GDBMFILE_NOTFOUND,
 * GDBMFILE_INVALID or GDBMFILE_ERROR. */
enum gdbmfile_status gdbmfile_find(struct gdbmfile *file, const char *key,
    struct gdbmfile_record *record);

/* A function called for each record.  Any result but 0 ends the walk. */
typedef int gdbmfile_each(const struct gdbmfile_record *record, void *arg);

/*
 * Call EACH for every record whose key and value are no longer than GDBMFILE_KEY_MAX
 * and GDBMFILE_VALUE_MAX, until it returns non-zero, which is stored in *STOPPED
 * (may be NULL).  Each directory entry is visited once, so the walk ends whatever
 * the file contains.  Return GDBMFILE_OK, GDBMFILE_TIMEOUT, GDBMFILE_INVALID or
 * GDBMFILE_ERROR.
 */
enum gdbmfile_status gdbmfile_walk(struct gdbmfile *file, gdbmfile_each *each,
    void *arg, int *stopped);

/* A position in a file; all zero is the beginning. */
struct gdbmfile_cursor {
	uint32_t entry;
	unsigned int element;
};

/*
 * Fill RECORD with the next record from CURSOR on, and move CURSOR behind it.
 * Return as gdbmfile_find() does, or GDBMFILE_TIMEOUT; GDBMFILE_NOTFOUND after the
 * last record.
 */
enum gdbmfile_status gdbmfile_next(struct gdbmfile *file,
    struct gdbmfile_cursor *cursor, struct gdbmfile_record *record);

/* Return the rank of a record: the record with the smallest rank is evicted first,
 * GDBMFILE_FIRST before all others, GDBMFILE_NEVER never. */
typedef int64_t gdbmfile_rank(const struct gdbmfile_record *record, void *arg);
#define GDBMFILE_FIRST INT64_MIN
#define GDBMFILE_NEVER INT64_MAX

/*
 * Store VALUE, LEN bytes, under KEY, a string.  FILE must be one that authmap made,
 * open for writing, and the caller its only writer.
 *
 * If the bucket is full, and no wider directory would separate its records, a record
 * is evicted: of those with similar hashes, the one with the smallest RANK, which is
 * called with ARG.  It is returned in EVICTED, whose key is empty if no record was
 * evicted.
 *
 * Return GDBMFILE_OK, GDBMFILE_FULL, GDBMFILE_INVALID or GDBMFILE_ERROR.  After
 * GDBMFILE_FULL, a rebuild makes room, unless EVICTED->key_len is GDBMFILE_KEY_MAX +
 * 1: then every record of the bucket has to stay, and a rebuild cannot help.
 */
enum gdbmfile_status gdbmfile_put(struct gdbmfile *file, const char *key,
    const char *value, size_t len, gdbmfile_rank *rank, void *arg,
    struct gdbmfile_record *evicted);

/*
 * Store VALUE, which has the same length LEN as the value of OLD.  The caller must
 * have become the only writer before it got OLD from gdbmfile_find(), and must have
 * stored nothing after that.  Return as gdbmfile_put() does; this needs no second
 * search.
 */
enum gdbmfile_status gdbmfile_replace(struct gdbmfile *file,
    const struct gdbmfile_record *old, const char *value, size_t len);

/* Overwrite the first LEN bytes of the value of RECORD, which gdbmfile_find() has
 * returned, with the digit 0, for readers that have an older state open. */
enum gdbmfile_status gdbmfile_zero(struct gdbmfile *file,
    const struct gdbmfile_record *record, size_t len);

/*
 * Store in FILE, which authmap made and which is open for writing, how far the saved
 * state is restored: GDBMFILE_RESTORED, or the number of the restore in progress.  A
 * new file has 0, and a rebuilt one the number of the old file.
 */
#define GDBMFILE_RESTORED 1
enum gdbmfile_status gdbmfile_restored(struct gdbmfile *file, uint64_t number);

/*
 * Return whether FILE should be rebuilt before a writer has to do so: three quarters
 * of the arena are used; or more than two thirds of a bucket, while the directory
 * may become wider; or gdbm would refuse a bucket, or not find an element of it; or
 * the bucket of the unused directory entries is not empty; or the number of entries
 * is wrong.
 */
bool gdbmfile_wants_room(struct gdbmfile *file);

#define HASH_BITS 31

/* Return gdbm's hash of KEY, LEN bytes: HASH_BITS bits. */
uint32_t gdbmfile_hash(const char *key, size_t len);

/* Return whether a rebuild is to keep RECORD.  The function may change the value, up
 * to GDBMFILE_VALUE_MAX bytes. */
typedef bool gdbmfile_keep(struct gdbmfile_record *record, void *arg);

/*
 * A rebuild makes a new file of the records of FROM that are to be kept.  FROM is
 * not changed, but writers may change it meanwhile.
 *
 * 1. gdbmfile_rebuild_mark(), while no writer is at work: from now on writers stamp
 * the directory entry of each bucket that they change in place with NUMBER.
 *
 * 2. gdbmfile_rebuild_new() and gdbmfile_rebuild_copy(), which may take long.
 *
 * 3. gdbmfile_rebuild_finish(), while no writer is at work: it copies again the
 * buckets that were changed since.  Then the new file may be renamed.
 */
struct gdbmfile_rebuild;

/* Begin the rebuild NUMBER, not 0.  FILE must be one that authmap made, open for
 * writing. */
enum gdbmfile_status gdbmfile_rebuild_mark(struct gdbmfile *file,
    uint64_t number);

/*
 * Prepare to copy FROM (NULL: no records) into an empty file open as TO, which stays
 * owned by the caller.  Records for which KEEP returns false are not copied.  The
 * new directory is wide enough for each bucket, unless FROM is a foreign file or is
 * filled meanwhile: then records with similar hashes are lost, those of the smallest
 * RANK first.
 *
 * Return NULL if there is no memory.  Otherwise *STATUS and *WHY have the result,
 * and the caller must call gdbmfile_rebuild_free() in any case.
 */
struct gdbmfile_rebuild *gdbmfile_rebuild_new(struct gdbmfile *from, int to,
    gdbmfile_keep *keep, gdbmfile_rank *rank, void *arg,
    enum gdbmfile_status *status, const char **why);
enum gdbmfile_status gdbmfile_rebuild_copy(struct gdbmfile_rebuild *rebuild,
    const char **why);
enum gdbmfile_status gdbmfile_rebuild_finish(struct gdbmfile_rebuild *rebuild,
    const char **why);

/* Return how many records were lost because buckets were full. */
unsigned int gdbmfile_rebuild_evicted(const struct gdbmfile_rebuild *rebuild);

void gdbmfile_rebuild_free(struct gdbmfile_rebuild *rebuild);

#endif
