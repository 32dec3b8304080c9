/*
 * max_per_user and max_entries.  Beyond the first, or if he has an entry
 * beyond the second, a login makes the user's oldest entry go; else it is not
 * recorded.  A login elsewhere counts as one here; a session that goes on, or what
 * is restored or compared with other hosts, makes none go.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include "store/change.h"
#include "store/user-entries.h"

/* What a writer knows of the limits; all of it with the lock held. */
struct limit {
	const struct authmap *am;
	int changes;		/* for changes_note() */
	deadline end;
	time_t now;
	bool asked;		/* for relay.users: */
	struct users users;
	unsigned int refused;	/* changes of the last batch */
	struct owned owned;
};

/* Is there a limit at all? */
bool limit_wanted(const struct authmap *am);

/* limit_end() gives back what limit_weigh() took. */
void limit_begin(struct limit *limit, const struct authmap *am, int changes,
    deadline end, time_t now);
void limit_end(struct limit *limit);

/* A batch begins, perhaps once more; and it is published. */
void limit_batch(struct limit *limit);
void limit_settle(struct limit *limit);

/*
 * The next limit_weigh() is for a map that is begun anew, empty;
 * limit_restored(): what comes first, the saved state, is in it.
 */
void limit_anew(struct limit *limit);
void limit_restored(struct limit *limit);

/*
 * Weighs what change_weigh() wants to be stored, RESULT for CHANGE where MAP
 * has OLD (NULL: none).  Returns CHANGE_STORE, or CHANGE_FULL: not now.  In the
 * next map (not LIVE) it makes room, and counts what is let in, before the
 * caller stores it.  A limit that cannot be kept, because of a file or of time,
 * keeps nobody out.
 */
enum change_effect limit_weigh(struct limit *limit, struct map *map, bool live,
    const struct change *change, const struct record *old,
    const struct record *result);

/*
 * Does RESULT in the place of OLD (NULL: none) give its user one address more
 * at NOW?
 */
bool limit_gains(const struct record *old, const struct record *result,
    time_t now);

/* For the sweep, without the lock: does relay.users know that many entries? */
bool limit_knows(const struct authmap *am, unsigned int entries);

#endif
