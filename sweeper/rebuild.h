/* The map made anew without what is over, while logins go on. */
#ifndef REBUILD_H
#define REBUILD_H

#include "store/commit.h"
#include "store/map.h"

/* Nobody waits for a sweep, but it is not to wait for ever either. */
#define LOCK_PATIENCE 5000	/* milliseconds */

/*
 * Calls EACH (may be NULL) with ARG for each entry that is taken away because
 * it is blocked.  Returns 0, or -1 when it was not done, which was logged.
 */
int rebuild(const struct authmap *am, map_each *each, void *arg);

/*
 * What the map is to have for KEY at NOW in place of RECORD: false, nothing,
 * since it is over or excluded; true, what is left in RECORD, which is cut if
 * it lasts longer than any window.  *TAKEN: it is blocked, and was removed.
 */
bool rebuild_keeps(const struct authmap *am, const char *key,
    struct record *record, time_t now, bool *taken);

/* Takes the writers' lock as a sweep does; -1: not, which was logged. */
int sweep_lock(const struct authmap *am, struct writer *w);

#endif
