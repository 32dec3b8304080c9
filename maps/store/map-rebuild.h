/* SPDX-License-Identifier: ISC */
/*
 * Making the next map: a new file, beside the published one, that takes its
 * place by rename(2).
 */
#ifndef STORE_MAP_MAKE_H
#define STORE_MAP_MAKE_H

#include "base/clock.h"
#include "store/map.h"

/*
 * Decide about an entry of the old map: return false to leave it out.  RECORD
 * may be changed.
 */
typedef bool map_keeps(const char *key, struct record *record, void *arg);

struct making {
	const struct authmap *am;
	struct map *from;		/* the caller's; NULL: nothing */
	map_keeps *keeps;		/* NULL: everything */
	void *arg;
	int fd;				/* relay.gdbm.new */
	struct gdbmfile_rebuild *rebuild;
};

/*
 * With the writers' lock held: create the new file, empty.  Whoever creates the
 * next one removes this one, so that of two makers only the later one publishes,
 * and never what the other has half made.  Returns MAP_OK or MAP_ERROR;
 * making_end() is to be called in any case.
 */
enum map_status making_create(struct making *making, const struct authmap *am);

/*
 * Make what is worth keeping in FROM (NULL: nothing) into the new file.  Needs no
 * lock, if map_mark() was called with the lock held.  Returns MAP_OK or why it
 * cannot be made.
 */
enum map_status making_copy(struct making *making, struct map *from,
    map_keeps *keeps, void *arg);

/*
 * With the writers' lock held: add what has changed since, publish the new file,
 * and close *MAP, the published one (may be NULL).  Entries that were lost, since
 * too many shared a place, are logged.  On MAP_OK, *MAP is the new
 * one, open for writing and locked.
 */
enum map_status making_publish(struct making *making, struct map **map);

/* Free what MAKING holds, and remove an unpublished file. */
void making_end(struct making *making);

/* With the writers' lock held, before making_copy(): let writers mark from now
 * on what they change in MAP. */
enum map_status map_mark(struct map *map);

/*
 * With the writers' lock held: make a new map of all that is in *MAP (NULL:
 * nothing), with more room, and publish it.  Returns as making_publish(), or
 * MAP_TIMEOUT if it takes longer than until END: then the sweeper has to do it.
 */
enum map_status map_remake(const struct authmap *am, struct map **map,
    deadline end);

#endif
