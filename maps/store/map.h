/* SPDX-License-Identifier: ISC */
/*
 * The map: a gdbm file of records, see gdbmfile.h and record.h.
 *
 * Readers take no lock.  A writer holds the writers' lock (lock.h), and the lock of
 * the map itself (map_open_locked()), so that a replaced relay.lock does not let two
 * processes write at once.
 *
 * A function that works on the map returns an enum map_status, and map_error() has
 * the reason.  A function that works on another file (lock.h, saved.h, feed.h,
 * counters.h) returns -1 or NULL with errno.
 */
#ifndef STORE_MAP_H
#define STORE_MAP_H

#include "base/clock.h"
#include "base/safefile.h"
#include "store/gdbmfile.h"
#include "base/record.h"

enum map_mode {
	MAP_READ,
	MAP_WRITE
};

enum map_status {
	MAP_OK,
	MAP_NOTFOUND,	/* no such file; no such key */
	MAP_INVALID,	/* the file is not a map, or is damaged */
	MAP_ERROR,	/* it could not be read or written: see map_error() */
	MAP_TIMEOUT,	/* the time had passed before it was done */
	MAP_FULL	/* there is no room: map_rebuild() makes it */
};

struct map {
	struct gdbmfile file;
	int fd;
	bool may_write;		/* it is open for writing */
	struct gdbmfile_record found;	/* of the last map_get(); its key is empty if
				   that found none, or after map_put() */
	struct stat as;		/* the file, when it was opened */
};

/*
 * Open the map file PATH.  On MAP_OK, the caller closes *MAP with map_close();
 * otherwise *MAP is NULL.  MAP_WRITE also succeeds if this process may only read the
 * file, because the writer then rebuilds the map in a new file.
 */
enum map_status map_open(struct map **map, const char *path,
    enum map_mode mode);

/*
 * Open the map file PATH for writing, and wait until END for the lock of the map
 * itself, against writers that hold the lock of another relay.lock.  The header is
 * read after that.  Return as map_open() does, or MAP_TIMEOUT.
 */
enum map_status map_open_locked(struct map **map, const char *path,
    deadline end);

/* Open PATH for reading if *MAP is NULL, or if PATH no longer leads to the file of
 * *MAP, which is then closed.  Return as map_open() does. */
enum map_status map_reopen(struct map **map, const char *path);

/* Return whether PATH still leads to the file of MAP. */
bool map_is_at(const struct map *map, const char *path);

/* Close MAP, which may be NULL. */
void map_close(struct map *map);

/* Return whether MAP can be written in place; otherwise it must be rebuilt first. */
bool map_writable(const struct map *map);

/* Return whether authmap 0.1 or another program made MAP or wrote to it. */
bool map_is_foreign(const struct map *map);

/* Return whether the saved state was restored into MAP.  A map that a login made is
 * not restored.  map_restored() stores that it is. */
bool map_is_restored(const struct map *map);
enum map_status map_restored(struct map *map);

/*
 * Store in MAP that a restore has begun, and its number in *NUMBER.  map_restores()
 * returns whether this restore began in MAP, or in the map from which MAP was
 * rebuilt.
 */
enum map_status map_restore_begin(struct map *map, uint64_t *number);
bool map_restores(const struct map *map, uint64_t number);

/* Return the number of records of MAP, with expired entries and tombstones. */
long long map_entries(const struct map *map);

/* Return whether MAP is so full that the sweeper should rebuild it before a login
 * has to. */
bool map_wants_room(struct map *map);

/* Fetch the record of KEY.  Return MAP_NOTFOUND also for a value that is not a
 * record: it grants nothing. */
enum map_status map_get(struct map *map, const char *key,
    struct record *record);

/* An entry that was evicted to make room for another. */
struct map_entry {
	char key[AUTHMAP_ADDRESS_SIZE];	/* "" if no entry was evicted */
	struct record record;
};

/*
 * Store RECORD under KEY, for which map_get() was called last.  Each reader sees it
 * at once.  If too many addresses share a bucket, the entry that RANK, called with
 * ARG, ranks lowest is evicted, and returned in EVICTED.  Return MAP_OK, MAP_FULL,
 * MAP_INVALID or MAP_ERROR; or MAP_NOTFOUND if nothing was stored, since the bucket
 * has only tombstones that must be kept.
 */
enum map_status map_put(struct map *map, const char *key,
    const struct record *record, gdbmfile_rank *rank, void *arg,
    struct map_entry *evicted);

/* Decode FOUND into RECORD.  Return false if it is not an entry: its key is not an
 * address, or its value is not a record. */
bool map_entry_decode(const struct gdbmfile_record *found,
    struct record *record);

/* Return the expiry of RECORD as its rank, or GDBMFILE_NEVER for a tombstone. */
int64_t map_rank(const struct gdbmfile_record *record, void *unused);

/* A function that map_walk() calls for each entry; RECORD is valid during the
 * call. */
typedef int map_each(const char *key, const struct record *record, void *arg);

/* Call EACH for every entry until it returns non-zero, which is stored in *STOPPED
 * (may be NULL).  Records that are not entries are left out. */
enum map_status map_walk(struct map *map, map_each *each, void *arg,
    int *stopped);

/* Fetch the next entry, or the first one for a *CURSOR of zeros, into KEY and
 * RECORD.  Return MAP_NOTFOUND after the last entry. */
enum map_status map_next(struct map *map, struct gdbmfile_cursor *cursor,
    char key[AUTHMAP_ADDRESS_SIZE], struct record *record);

/* Store WHY for map_error(), and return STATUS. */
enum map_status map_fail(enum map_status status, const char *why);

/* Store the text of errno for map_error(), and return MAP_ERROR. */
enum map_status map_fail_errno(void);

/* Return why the last call in this thread that failed did so. */
const char *map_error(void);

#endif
