/* SPDX-License-Identifier: ISC */
/*
 * What the writers count, for authmap-map(5)'s relay.lock and `authmap stats`.
 *
 * What is done under the writers' lock is counted in the lock's own file,
 * which its holder has open: a refresh pays for two system calls, no more.
 * What goes wrong may do so without the lock: then a byte is appended to a
 * file whose size is the count.  That anything cannot be counted is not told:
 * it matters to no login.
 */
#ifndef STORE_COUNTERS_H
#define STORE_COUNTERS_H

#include "store/change.h"

enum counter {
	/* In the lock's file. */
	COUNT_SINCE,		/* when the count began, seconds since 1970 */
	COUNT_GRANTS,
	COUNT_REFRESHES,
	COUNT_PUBLISHES,
	COUNT_PUBLISHED,	/* when a new file last took the map's place,
				   seconds since 1970 */
	COUNT_TOOK,		/* for how long its writer had had the lock
				   by then, microseconds */
	COUNT_WARNED,		/* when a writer last logged a warning */
	/* Logins that were refused; a file of version 0.1 ends before these. */
	COUNT_EXCLUDED,
	COUNT_BLOCKED,
	COUNT_UNLISTED,
	COUNT_LOCKED,		/* how many these are */
	/* In a file of its own. */
	COUNT_FAILURES = COUNT_LOCKED,
	COUNT_COUNT
};

struct counters {
	long long of[COUNT_COUNT];
};

/* What one holder of the lock has done. */
struct tally {
	unsigned int grants, refreshes, publishes;
	enum counter refused;	/* why a login was refused; 0: none was */
	long long took;		/* the last publish, as COUNT_TOOK */
};

/*
 * Counts CHANGE, which met OLD (NULL: none) at NOW and had EFFECT, if it is a
 * login or a sign of life.
 */
void tally_change(struct tally *tally, const struct change *change,
    enum change_effect effect, const struct record *old, time_t now);

/*
 * Add TALLY, at NOW, to what stands in the file LOCK, which the caller holds.
 * What is not in our format counts as zero.  Returns whether a writer that WARNS
 * may log its warning: no other has within a minute.
 */
bool counters_add(int lock, const struct tally *tally, bool warns, time_t now);

/* Count a login or a refresh that was not recorded. */
void counters_add_failure(const struct authmap *am);

/*
 * Make the file that counters_add_failure() appends to, so that it can count while no
 * file can be made.  A file that is foreign or too large is made anew.
 */
void counters_prepare(const struct authmap *am);

/*
 * Read them all, without the lock; what is not there is zero.  Returns 0, or
 * -1 with errno when a file may not be read.
 */
int counters_read(const struct authmap *am, struct counters *counters);

#endif
