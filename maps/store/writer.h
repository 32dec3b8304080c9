/* SPDX-License-Identifier: ISC */
/*
 * What the holder of the writers' lock does: it stores changes in the published
 * map, in place, each of them visible to every reader at once.
 */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "base/clock.h"
#include "store/change.h"
#include "store/counters.h"
#include "store/lock.h"
#include "store/map.h"

/* Something that the administrator should know: see writer_end(). */
struct warning {
	const char *what;	/* "removed" or "refused"; NULL: nothing */
	struct map_entry entry;
	char why[160];
};

struct writer {
	const struct authmap *am;
	int lock;
	struct map *map;	/* the published map, locked; NULL before use */
	int feed;		/* relay.feed, or -1: nothing is noted */
	const char *trouble;	/* with relay.blocks: nothing can be stored */
	deadline end;
	time_t now;
	long long begun;	/* monotonic_us() */
	struct tally done;
	struct warning warning;
};

/*
 * Begin with LOCK from lock_try() or lock_wait(), which writer_end() drops.  END
 * bounds how long the map's own lock is waited for.
 */
void writer_begin(struct writer *w, const struct authmap *am, int lock,
    deadline end);

/*
 * Count what was done, drop the lock, and then log the last warning, at most one
 * a minute whichever process writes it.
 */
void writer_end(struct writer *w);

/*
 * Make sure that W->map is the published map, open for writing.  A missing map is
 * made, empty; a broken one is moved aside first; one that authmap 0.1 or a
 * foreign program has written is made anew.  Returns MAP_OK, MAP_TIMEOUT, or
 * MAP_ERROR, which was logged.
 */
enum map_status writer_map(struct writer *w);

/* With W->map found to be broken, as map_error() says: move it aside, and make an
 * empty one.  Returns as writer_map(). */
enum map_status writer_replace(struct writer *w);

/*
 * Store CHANGE.  On MAP_OK, *EFFECT (may be NULL) is what it came to, and *WAS
 * (may be NULL) the record that it met (WAS->service empty: none).  Returns
 * MAP_OK, MAP_TIMEOUT, or MAP_ERROR, which was logged.
 */
enum map_status writer_apply(struct writer *w, const struct change *change,
    enum change_effect *effect, struct record *was);

/*
 * Store the changes of IN, from where it is, with one of OPS: up to MOST of them.
 * Returns as writer_apply(); *REFUSED (may be NULL) grows by those that a limit
 * kept out, *MORE says whether IN may have more.
 */
enum map_status writer_apply_file(struct writer *w, FILE *in, const char *ops,
    unsigned int most, unsigned int *refused, bool *more);

/* As writer_apply_file(), of a saved state. */
enum map_status writer_restore(struct writer *w, FILE *in, unsigned int most,
    bool *more);

#endif
