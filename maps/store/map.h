/* SPDX-License-Identifier: ISC */
/*
 * The map: a gdbm file of records, see gdbmfile.h and record.h.
 *
 * Readers take no lock.  A writer holds the writers' lock (lock.h) and, so that
 * a replaced lock file cannot make two writers, the map's own (map_open_locked()).
 *
 * A function of the store that works on the map returns an enum map_status, and
 * map_error() has the reason.  One that works on another file (lock.h, saved.h,
 * feed.h, counters.h) returns -1 or NULL with errno.
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
	MAP_INVALID,	/* the file is no map, or a damaged one */
	MAP_ERROR,	/* it could not be read or written: see map_error() */
	MAP_TIMEOUT,	/* the time was over before it was done */
	MAP_FULL	/* there is no room: map_remake() makes it */
};

struct map {
	struct gdbmfile file;
	int fd;
	bool may_write;		/* it is open for writing */
	struct gdbmfile_record found;	/* by the last map_get(); its key is empty
				   if that found none, or after map_put() */
	struct stat as;		/* the file, when it was opened */
};

/*
 * Open the map file PATH.  On MAP_OK, *MAP is to be given back with map_close();
 * otherwise *MAP is NULL.  A file that may not be written is no trouble for
 * MAP_WRITE: the map is remade before it is written.
 */
enum map_status map_open(struct map **map, const char *path,
    enum map_mode mode);

/*
 * Open the map file PATH for writing, and wait until END for the map's own lock,
 * against writers that hold another file's lock; the header is read after that.
 * Returns as map_open(), or MAP_TIMEOUT.
 */
enum map_status map_open_locked(struct map **map, const char *path,
    deadline end);

/*
 * Open PATH for reading when *MAP is NULL, and anew when PATH is no longer the
 * file that *MAP is.  Returns as map_open().
 */
enum map_status map_reopen(struct map **map, const char *path);

/* Return whether PATH is still the name of MAP's file. */
bool map_is_at(const struct map *map, const char *path);

/* Close MAP, which may be NULL. */
void map_close(struct map *map);

/* Can MAP be written in place, or is it to be remade first? */
bool map_writable(const struct map *map);

/*
 * Has the saved state been restored into MAP?  In a map that a login had to make,
 * it has not.  map_restored() notes that it has.
 */
bool map_is_restored(const struct map *map);
enum map_status map_restored(struct map *map);

/*
 * Note in MAP that what was saved is being restored into it, and store the
 * restore's number in *NUMBER.  map_restores(): is MAP, or what it was made of,
 * the map in which that restore began?
 */
enum map_status map_restore_begin(struct map *map, uint64_t *number);
bool map_restores(const struct map *map, uint64_t number);

/* How many records MAP has, expired and removed ones among them. */
long long map_entries(const struct map *map);

/* Is it so full that a rebuild should make room before a login has to? */
bool map_wants_room(struct map *map);

/*
 * Fetch the record of KEY.  MAP_NOTFOUND also for a value that is no record: it is
 * no grant.
 */
enum map_status map_get(struct map *map, const char *key,
    struct record *record);

/* An entry that had to make room for another. */
struct map_entry {
	char key[AUTHMAP_ADDRESS_SIZE];	/* "": none had to */
	struct record record;
};

/*
 * Store RECORD under KEY, for which map_get() was called last, visible at once to
 * each reader.  Where too many addresses share a place in the map, the one that
 * RANK, called with ARG, ranks lowest makes room: it is returned in EVICTED.
 * Returns MAP_OK, MAP_FULL, MAP_INVALID, MAP_ERROR, or MAP_NOTFOUND: every entry
 * there is a removed one that must be remembered, so nothing was stored.
 */
enum map_status map_put(struct map *map, const char *key,
    const struct record *record, gdbmfile_rank *rank, void *arg,
    struct map_entry *evicted);

/*
 * Decode FOUND into RECORD.  Returns false if it is no entry of ours: its key is no
 * address, or its value no record.
 */
bool map_entry_decode(const struct gdbmfile_record *found,
    struct record *record);

/* A gdbmfile_rank: when the record expires; GDBMFILE_NEVER for a removed one. */
int64_t map_rank(const struct gdbmfile_record *record, void *unused);

/* What map_walk() calls, with a RECORD that it may not keep. */
typedef int map_each(const char *key, const struct record *record, void *arg);

/*
 * Call EACH for every entry until it returns non-zero; *STOPPED (may be NULL) is
 * what it returned.  What is no entry of ours is left out.
 */
enum map_status map_walk(struct map *map, map_each *each, void *arg,
    int *stopped);

/*
 * Fetch the next entry, the first one for a *CURSOR of zeros, into KEY and
 * RECORD; MAP_NOTFOUND after the last.
 */
enum map_status map_next(struct map *map, struct gdbmfile_cursor *cursor,
    char key[AUTHMAP_ADDRESS_SIZE], struct record *record);

/* Say WHY for map_error(), and return STATUS. */
enum map_status map_fail(enum map_status status, const char *why);

/* Say what errno does, and return MAP_ERROR. */
enum map_status map_fail_errno(void);

/* How the last call of this thread that did not return MAP_OK went wrong. */
const char *map_error(void);

#endif
