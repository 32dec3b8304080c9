/* SPDX-License-Identifier: ISC */
/*
 * Rebuild the map: write its valid entries to a new file beside it, which then takes
 * its place by rename(2).
 */
#ifndef STORE_MAP_REBUILD_H
#define STORE_MAP_REBUILD_H

#include "base/clock.h"
#include "store/map.h"

/* Return whether the rebuild is to keep an entry of the old map.  The function may
 * change RECORD. */
typedef bool map_keeps(const char *key, struct record *record, void *arg);

struct map_rebuild {
	const struct authmap *am;
	struct map *from;		/* owned by the caller; NULL: none */
	map_keeps *keeps;		/* NULL: all are kept */
	void *arg;
	int fd;				/* relay.gdbm.new */
	struct gdbmfile_rebuild *file;
};

/*
 * Create the new file, empty.  The caller holds the writers' lock.  A process that
 * creates the next file removes this one, so of two processes only the later
 * publishes, and only its own file.  Return MAP_OK or MAP_ERROR; the caller must
 * call map_rebuild_end() in any case.
 */
enum map_status map_rebuild_create(struct map_rebuild *rebuild,
    const struct authmap *am);

/*
 * Copy the entries of FROM (NULL: none) that are to be kept into the new file.  This
 * needs no lock if map_rebuild_mark() was called.  Return MAP_OK, or why it cannot
 * be done.
 */
enum map_status map_rebuild_copy(struct map_rebuild *rebuild, struct map *from,
    map_keeps *keeps, void *arg);

/*
 * Copy again what has changed since, publish the new file, and close *MAP, the
 * published map (may be NULL).  The caller holds the writers' lock.  Log the entries
 * that were lost because too many shared a bucket.  On MAP_OK, *MAP is the new map,
 * open for writing and locked.
 */
enum map_status map_rebuild_publish(struct map_rebuild *rebuild, struct map **map);

/* Free what REBUILD holds, and remove an unpublished file. */
void map_rebuild_end(struct map_rebuild *rebuild);

/* Make writers stamp from now on what they change in MAP.  Call this before
 * map_rebuild_copy(), with the writers' lock held. */
enum map_status map_rebuild_mark(struct map *map);

/*
 * Make a new map with the entries of *MAP (NULL: none) and more room, and publish
 * it.  The caller holds the writers' lock.  Return as map_rebuild_publish() does, or
 * MAP_TIMEOUT if it would take longer than until END: then the sweeper has to do it.
 */
enum map_status map_rebuild(const struct authmap *am, struct map **map,
    deadline end);

#endif
