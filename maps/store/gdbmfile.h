/* SPDX-License-Identifier: ISC */
/*
 * A file in gdbm's format, written in place, which any gdbm reader may read at
 * any moment without a lock.  The files gdbmfile*.c are the only ones that know
 * the format; the structures are those of gdbm 1.23, gdbmdefs.h.
 *
 * The file may be written by everybody in the map's group.  Nothing that stands
 * in it is believed without a bound of ours: every offset and length is checked
 * against the file's size, every read is a pread(2) of a bounded length.
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
	GDBMFILE_FULL,		/* no room: gdbmfile_rebuild…() makes it */
	GDBMFILE_INVALID,	/* not in gdbm's format, or damaged */
	GDBMFILE_TIMEOUT,		/* the time was over before it was done */
	GDBMFILE_ERROR		/* the system could not read or write it */
};

/* An open file. */
struct gdbmfile {
	int fd;			/* the caller's */
	const char *why;	/* why the last call failed, in words */
	off_t size;		/* bytes, when it was opened */
	off_t directory;	/* where it begins */
	unsigned int bits;	/* it has 2^bits entries */
	unsigned int elements;	/* of a bucket */
	deadline end;		/* of reading all of it; NEVER when opened */
	bool ours;		/* made by us, and nobody else wrote into it */
	/* What follows is read from our part of the header, if it is ours. */
	off_t empty;		/* the empty bucket */
	off_t arena;		/* the first unused byte */
	int64_t entries;	/* records, removed and expired ones among them */
	uint64_t rebuild;	/* the rebuild that is going on, or 0 */
	uint64_t restored;	/* see gdbmfile_restored() */
};

/* A record as it stands in the file. */
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
 * Read and check the header of the file that FD has open for reading, and fill
 * FILE.  FD stays the caller's.  Returns GDBMFILE_OK, GDBMFILE_INVALID or
 * GDBMFILE_ERROR; FILE->why says why.
 */
enum gdbmfile_status gdbmfile_open(struct gdbmfile *file, int fd);

/*
 * Find KEY, a string, and fill RECORD.  Returns GDBMFILE_OK, GDBMFILE_NOTFOUND,
 * GDBMFILE_INVALID or GDBMFILE_ERROR.
 */
enum gdbmfile_status gdbmfile_find(struct gdbmfile *file, const char *key,
    struct gdbmfile_record *record);

/* Called for a record; anything but 0 ends the walk. */
typedef int gdbmfile_each(const struct gdbmfile_record *record, void *arg);

/*
 * Call EACH for every record whose key and value are no longer than ours may be,
 * until it returns non-zero, which is stored in *STOPPED (may be NULL).  Each
 * directory entry is visited once, so the walk ends whatever stands in the file.
 * Returns GDBMFILE_OK, GDBMFILE_TIMEOUT, GDBMFILE_INVALID or GDBMFILE_ERROR.
 */
enum gdbmfile_status gdbmfile_walk(struct gdbmfile *file, gdbmfile_each *each,
    void *arg, int *stopped);

/* A place in a file; all zero is its beginning. */
struct gdbmfile_cursor {
	uint32_t entry;
	unsigned int element;
};

/*
 * Fill RECORD with the next one from CURSOR on, and move CURSOR behind it.
 * Returns as gdbmfile_find(), or GDBMFILE_TIMEOUT; GDBMFILE_NOTFOUND after the
 * last.
 */
enum gdbmfile_status gdbmfile_next(struct gdbmfile *file,
    struct gdbmfile_cursor *cursor, struct gdbmfile_record *record);

/*
 * Return how long a record is worth keeping: the one with the smallest rank goes
 * first, one of GDBMFILE_FIRST before each other, one of GDBMFILE_NEVER never.
 */
typedef int64_t gdbmfile_rank(const struct gdbmfile_record *record, void *arg);
#define GDBMFILE_FIRST INT64_MIN
#define GDBMFILE_NEVER INT64_MAX

/*
 * Store VALUE, LEN bytes, under KEY, a string.  FILE must be ours and open for
 * writing, and the caller must be its only writer.
 *
 * A bucket that is full, and that no wider directory would part, gives up a
 * record: of those whose hashes are alike, the one of the smallest RANK, called
 * with ARG.  It is returned in EVICTED, whose key is empty if none was.
 *
 * Returns GDBMFILE_OK; GDBMFILE_FULL, which a rebuild cures, unless
 * EVICTED->key_len is GDBMFILE_KEY_MAX + 1: every record of the bucket ranks as
 * GDBMFILE_NEVER; GDBMFILE_INVALID or GDBMFILE_ERROR.
 */
enum gdbmfile_status gdbmfile_put(struct gdbmfile *file, const char *key,
    const char *value, size_t len, gdbmfile_rank *rank, void *arg,
    struct gdbmfile_record *evicted);

/*
 * Store VALUE, of the same LEN as the one of OLD, which gdbmfile_find() has returned
 * since the caller is the only writer, and nothing was put since: as gdbmfile_put(),
 * but without another search.
 */
enum gdbmfile_status gdbmfile_replace(struct gdbmfile *file,
    const struct gdbmfile_record *old, const char *value, size_t len);

/*
 * Overwrite the first LEN bytes, of the value that gdbmfile_find() has returned
 * in RECORD, by zeros as digits: for readers that keep an older state open.
 */
enum gdbmfile_status gdbmfile_zero(struct gdbmfile *file,
    const struct gdbmfile_record *record, size_t len);

/*
 * Note in FILE, which is ours and open for writing, how far it holds what it is to
 * hold: GDBMFILE_RESTORED, or the number of the restore that is going on.  A file
 * made of nothing begins with 0, one made of FILE with what FILE has.
 */
#define GDBMFILE_RESTORED 1
enum gdbmfile_status gdbmfile_restored(struct gdbmfile *file, uint64_t number);

/*
 * Is FILE so full that a rebuild should make room before a writer has to: are three
 * quarters of the arena used, or, while the directory may still become wider,
 * more than two thirds of a bucket?  Or is a bucket damaged so that gdbm would
 * refuse it, or the number of entries far from the truth?
 */
bool gdbmfile_wants_room(struct gdbmfile *file);

/* gdbm's hash of KEY, LEN bytes: 31 bits. */
uint32_t gdbmfile_hash(const char *key, size_t len);

/*
 * Decide about a record that a rebuild meets: return false to leave it out.  The
 * value may be changed, up to GDBMFILE_VALUE_MAX bytes.
 */
typedef bool gdbmfile_keep(struct gdbmfile_record *record, void *arg);

/*
 * A rebuild makes a new file of what is worth keeping in FROM, which stays as it
 * is, and may be changed meanwhile by the writers:
 *
 * 1. gdbmfile_rebuild_mark(), while no writer is at work: from now on writers
 *    stamp each bucket that they change in its place with the rebuild's NUMBER;
 * 2. gdbmfile_rebuild_new() and gdbmfile_rebuild_copy(), however long they take;
 * 3. gdbmfile_rebuild_finish(), while no writer is at work: copies the buckets
 *    once more that have been changed since.  Then the new file may be renamed.
 */
struct gdbmfile_rebuild;

/* Begin the rebuild NUMBER, not 0.  FILE must be ours and open for writing. */
enum gdbmfile_status gdbmfile_rebuild_mark(struct gdbmfile *file,
    uint64_t number);

/*
 * Prepare to make an empty file open as TO, which stays the caller's, a copy of
 * FROM (NULL: of nothing).  What KEEP leaves out is not copied.  The directory is
 * never made so narrow that a bucket overflows.  A foreign file, or one that is
 * filled meanwhile, may overflow a bucket all the same: that loses records, of
 * those whose hashes are alike the ones of the smallest RANK.
 *
 * Returns NULL when there is no memory; *STATUS and *WHY say how it went
 * otherwise: then gdbmfile_rebuild_free() is still to be called.
 */
struct gdbmfile_rebuild *gdbmfile_rebuild_new(struct gdbmfile *from, int to,
    gdbmfile_keep *keep, gdbmfile_rank *rank, void *arg,
    enum gdbmfile_status *status, const char **why);
enum gdbmfile_status gdbmfile_rebuild_copy(struct gdbmfile_rebuild *rebuild,
    const char **why);
enum gdbmfile_status gdbmfile_rebuild_finish(struct gdbmfile_rebuild *rebuild,
    const char **why);

/* How many records were lost to overfull buckets. */
unsigned int gdbmfile_rebuild_evicted(const struct gdbmfile_rebuild *rebuild);

void gdbmfile_rebuild_free(struct gdbmfile_rebuild *rebuild);

#endif
