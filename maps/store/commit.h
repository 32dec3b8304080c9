/*
 * What the holder of the writers' lock does: stores changes, in place where
 * only times change, else in a copy that takes the map's place by rename(2).
 */
#ifndef COMMIT_H
#define COMMIT_H

#include "store/change.h"
#include "store/counters.h"
#include "store/limit.h"
#include "store/lock.h"

struct writer {
	const struct authmap *am;
	int lock;
	int changes;		/* relay.changes, or -1: no sweep goes on */
	int feed;		/* relay.feed, or -1: nothing is noted */
	const char *trouble;	/* with relay.blocks: nothing can be stored */
	deadline end;
	time_t now;
	long long begun;	/* monotonic_us() */
	struct tally done;
	struct limit limit;
};

/*
 * Begins with LOCK from lock_try() or lock_wait(); ends with counting
 * what was done, and dropping it.
 */
void writer_begin(struct writer *w, const struct authmap *am, int lock,
    deadline end);
void writer_end(struct writer *w);

/*
 * Stores what is pending, then OWN (may be NULL).  A missing map is begun
 * anew from the saved state; so is a broken one, which is set aside.
 *
 * MAP_OK: OWN, or without one all of it, is published; *EFFECT (may be NULL)
 * is what OWN came to, and *WAS (may be NULL) the record that it met
 * (WAS->service empty: none).
 * MAP_LATE: the writer's time was over before; MAP_TROUBLE: it cannot be
 * done, which was logged.  Then OWN is not published, and what was pending
 * still is, or some of it is published and will be met as known.
 */
enum map_status writer_commit(struct writer *w, const struct change *own,
    enum change_effect *effect, struct record *was);

/*
 * Store what stands in IN, which the caller closes, and return as
 * writer_commit() does.  writer_restore() is for a saved state,
 * writer_commit_file() for lines of that form that were never in the map, and
 * writer_commit_elsewhere() for what comes from other hosts, which is not noted
 * for them.
 */
enum map_status writer_restore(struct writer *w, FILE *in);
enum map_status writer_commit_file(struct writer *w, FILE *in);
enum map_status writer_commit_elsewhere(struct writer *w, FILE *in);

/* Is the lock's file still that which W has?  Else, logs that it is not. */
bool writer_holds(const struct writer *w);

/*
 * Takes the map file PATH for the map.  Returns MAP_OK or MAP_TROUBLE, which
 * was logged.
 */
enum map_status writer_publish(struct writer *w, const char *path);

#endif
