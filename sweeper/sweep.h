/* SPDX-License-Identifier: ISC */
/*
 * One pass of the sweeper; also what `authmap sweep` does.
 *
 * A function of the sweeper that fails returns false or -1, and has logged the
 * reason.  The steps of sweep.c, and user_limit_choose(), which is one of them,
 * return an enum map_status instead: sweep_run() logs that, once.
 */
#ifndef SWEEPER_SWEEP_H
#define SWEEPER_SWEEP_H

#include "base/handle.h"
#include "store/map.h"

/* What a pass remembers for the next.  Before the first pass, all but each_revoked
 * and arg is zero. */
struct sweep {
	map_each *each_revoked;	/* called with arg for each entry that is
				   removed because it is blocked; or NULL */
	void *arg;
	struct stat scanned;	/* the map, when it was last walked */
	time_t scanned_at;
	time_t next_end;	/* when the first entry expires; 0: none */
	unsigned int entries;	/* that were in the map then */
	unsigned int blocks;	/* the version of relay.blocks then */
};

struct sweep_report {
	unsigned int entries;	/* that may relay, after the pass */
	unsigned int expired;
	bool saved;
	bool unsaved;		/* the map could not be saved */
};

/*
 * Restore the saved state into a new map, save the map to state_dir, and remove
 * expired entries, if there is anything to do.  Logins go on meanwhile: the map is
 * walked without the writers' lock.  A damaged map is repaired first.  Return 0, or
 * -1 if the map was not swept.  A map that was swept but could not be saved returns
 * 0, with REPORT->unsaved.  Both were logged.
 */
int sweep_run(const struct authmap *am, struct sweep *sweep,
    struct sweep_report *report);

#endif
