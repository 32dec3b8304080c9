/* SPDX-License-Identifier: ISC */
/* What the lock holder does: it stores changes in the published map, in place, where
 * each reader sees them at once. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "base/clock.h"
#include "store/change.h"
#include "store/counters.h"
#include "store/lock.h"
#include "store/map.h"

/* A warning for the administrator: see writer_end(). */
struct warning {
	const char *what;	/* "removed" or "refused"; NULL: nothing */
	struct map_entry entry;
	char why[160];
};

struct writer {
	const struct authmap *am;
	int lock;
	struct map *map;	/* the published one, locked; NULL at first */
	int feed;		/* relay.feed, or -1 if no change is to be noted */
	deadline end;
	bool is_sweeper;	/* it takes over a foreign map of any size */
	time_t now;
	long long begun;	/* monotonic_us() */
	struct tally done;
	struct warning warning;
};

/* Begin to write with LOCK from lock_try() or lock_wait(), which writer_end() drops.
 * END is the latest time until which to wait for the lock of the map itself. */
void writer_begin(struct writer *w, const struct authmap *am, int lock,
    deadline end);

/* Count the changes, drop the lock, and log the last warning, if no process has
 * logged one for a minute. */
void writer_end(struct writer *w);

/*
 * Make sure that W->map is the published map, open for writing.  A missing map is
 * made, empty.  A damaged map is moved aside first.  A map of authmap 0.1 or of a
 * foreign program is rebuilt; a long one is left to the sweeper, which moves it
 * aside if that takes too long.  Return MAP_OK, MAP_TIMEOUT, or MAP_ERROR, which was
 * logged.
 */
enum map_status writer_map(struct writer *w);

/* Move W->map, which is damaged as map_error() says, aside, and make an empty map.
 * Return as writer_map() does. */
enum map_status writer_replace(struct writer *w);

/*
 * Store CHANGE.  On MAP_OK, *EFFECT (may be NULL) is its effect, and *WAS (may be
 * NULL) the record before it; WAS->service is empty if there was none.  Return
 * MAP_OK, MAP_TIMEOUT, or MAP_ERROR, which was logged.
 */
enum map_status writer_apply(struct writer *w, const struct change *change,
    enum change_effect *effect, struct record *was);

/*
 * Store up to MOST changes of IN, from its position on, with an OP of OPS.  Return
 * as writer_apply() does.  Add to *REFUSED (may be NULL) the number of entries that
 * a limit refused, and store in *MORE whether IN may have more changes.
 */
enum map_status writer_apply_file(struct writer *w, FILE *in, const char *ops,
    unsigned int most, unsigned int *refused, bool *more);

/* Store the entries of a saved state as writer_apply_file() does. */
enum map_status writer_restore(struct writer *w, FILE *in, unsigned int most,
    bool *more);

#endif
