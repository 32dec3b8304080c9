/* SPDX-License-Identifier: ISC */
/*
 * Counters of the writers: see relay.lock in authmap-map(5), and `authmap stats`.
 *
 * The lock holder counts in the file of the lock, which it has open, so that
 * counting takes only two system calls.  Failures may happen without the lock, so
 * they are counted by appending a byte to a file, whose size is their number.  A
 * failure to count is ignored: no login depends on it.
 */
#ifndef STORE_COUNTERS_H
#define STORE_COUNTERS_H

#include "store/change.h"

enum counter {
	/* In the file of the lock. */
	COUNT_SINCE,		/* when the count began, seconds since 1970 */
	COUNT_GRANTS,
	COUNT_REFRESHES,
	COUNT_PUBLISHES,
	COUNT_PUBLISHED_AT,	/* when a file last replaced the map, since 1970 */
	COUNT_LOCK_HELD_US,	/* for how long its writer had had the lock
				   by then, microseconds */
	COUNT_WARNED_AT,	/* when a writer last logged a warning */
	/* Logins that were refused; a file of version 0.1 ends before these. */
	COUNT_EXCLUDED,
	COUNT_BLOCKED,
	COUNT_UNLISTED,
	COUNT_LOCKED,		/* the number of counters above */
	/* In another file. */
	COUNT_FAILURES = COUNT_LOCKED,
	COUNT_COUNT
};

struct counters {
	long long of[COUNT_COUNT];
};

/* The changes of one lock holder. */
struct tally {
	unsigned int grants, refreshes, publishes;
	enum counter refused;	/* why a login was refused; 0: none was */
	long long lock_held_us;	/* the last publish, as COUNT_LOCK_HELD_US */
};

/* Count CHANGE in TALLY, if it is a login or a refresh that met OLD (NULL: none) at
 * NOW and had EFFECT. */
void tally_change(struct tally *tally, const struct change *change,
    enum change_effect effect, const struct record *old, time_t now);

/*
 * Add TALLY, at NOW, to the counters in the file LOCK, which the caller holds.
 * Counters in another format begin at zero.  If the caller WARNS, return whether it
 * may log its warning: no process has logged one for a minute.
 */
bool counters_add(int lock, const struct tally *tally, bool warns, time_t now);

/* Count a login or a refresh that was not recorded. */
void counters_add_failure(const struct authmap *am);

/* Make the file that counters_add_failure() appends to.  Do so in advance: at a
 * failure, it may be impossible to make a file.  Replace a foreign or too long file.
 */
void counters_prepare(const struct authmap *am);

/* Read all counters, without the lock.  Missing or foreign files count as zero.
 * Return 0, or -1 with errno if a file may not be read. */
int counters_read(const struct authmap *am, struct counters *counters);

#endif
