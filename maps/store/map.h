/*
 * One gdbm file; the only header behind which gdbm is called.
 *
 * gdbm's own locks are off, since they never wait and would let a reader
 * shut out every writer.  Its memory mapping is off too, but where
 * map_mapping() allows it: a mapped file that somebody cuts short kills its
 * reader with SIGBUS, and opening without one is three times as fast.
 */
#ifndef MAP_H
#define MAP_H

#include "base/safefile.h"
#include "base/record.h"

enum map_mode {
	MAP_READ,
	MAP_KEPT,	/* a published one, for many map_get(): see map_keep() */
	MAP_LIVE,	/* a published one: read, and map_touch() */
	MAP_WRITE	/* one that nobody else reads yet */
};

enum map_status {
	MAP_OK,
	MAP_NONE,	/* no such file; no such key */
	MAP_BROKEN,	/* the file is no map, or a damaged one */
	MAP_TROUBLE,	/* it could not be read or written: see map_error() */
	MAP_LATE	/* the time was over before it was done */
};

struct map;

/*
 * Opens the map file PATH, a string that must last as long as the map.  On
 * MAP_OK, *MAP is to be given back with map_close(); otherwise *MAP is NULL.
 */
enum map_status map_open(struct map **map, const char *path,
    enum map_mode mode);

/*
 * Opens PATH to be kept open when *MAP is NULL, and anew when PATH is no longer
 * the file that *MAP is, or a second is over.  As map_open(); on MAP_OK, *MAP
 * is as it should be, but for ends that were put off since (see change_weigh()
 * why never the other way round).
 */
enum map_status map_keep(struct map **map, const char *path);

/* From now on, maps to be kept are mapped: this process survives SIGBUS. */
void map_mapping(void);

/* Makes an empty map PATH, with map_mode, in place of whatever was there. */
enum map_status map_create(struct map **map, const struct authmap *am,
    const char *path);

/* Closes MAP, which may be NULL.  MAP_TROUBLE: what was stored may be lost. */
enum map_status map_close(struct map *map);

/*
 * Fetches the record of KEY.  MAP_NONE also for a value that is no record:
 * it is no grant.
 */
enum map_status map_get(struct map *map, const char *key,
    struct record *record);

/* Stores RECORD under KEY in a map that is open to be written. */
enum map_status map_put(struct map *map, const char *key,
    const struct record *record);

/*
 * Overwrites in a published map the times of KEY's record, which map_get() has
 * just returned, with those of RECORD: one pwrite(2) of 21 bytes, nothing else
 * of the file is touched.  MAP_NONE: it cannot be done here; put RECORD into
 * a copy.
 */
enum map_status map_touch(struct map *map, const char *key,
    const struct record *record);

/* What map_walk() calls: RECORD is NULL for a value that is no record; the KEY
 * of what we never wrote is "?". */
typedef int map_each(const char *key, const struct record *record, void *arg);

/*
 * Calls EACH for every entry until it returns non-zero; *STOPPED (may be NULL)
 * is what it returned.
 */
enum map_status map_walk(struct map *map, map_each *each, void *arg,
    int *stopped);

/*
 * Fetches the entry after KEY, the first after "", into KEY and RECORD, leaving
 * out what is no record; MAP_NONE after the last.  MAP must not change.
 */
enum map_status map_next(struct map *map, char key[AUTHMAP_ADDRESS_SIZE],
    struct record *record);

/* Says WHY for map_error(), and returns STATUS. */
enum map_status map_fail(enum map_status status, const char *why);

/* Says what errno does, and returns MAP_TROUBLE. */
enum map_status map_fail_errno(void);

/* How the last call of this process that did not return MAP_OK went wrong. */
const char *map_error(void);

#endif
