/* SPDX-License-Identifier: ISC */
/* One pass of the sweeper; also what `authmap sweep` does. */
#ifndef SWEEPER_SWEEP_H
#define SWEEPER_SWEEP_H

#include "base/handle.h"
#include "store/map.h"

/* What a pass remembers for the next; zero before the first but for
 * EACH_REVOKED and ARG. */
struct sweep {
	map_each *each_revoked;	/* called with ARG for each entry that is
				   removed since it is blocked; or NULL */
	void *arg;
	struct stat scanned;	/* the map, when it was last walked */
	time_t scanned_at;
	time_t next_end;	/* the first entry's; 0: none */
	unsigned int entries;	/* then in the map */
	unsigned int blocks;	/* and which version of relay.blocks there was */
};

struct sweep_report {
	unsigned int entries;	/* that may relay, after the pass */
	unsigned int expired;
	bool saved;
	bool unsaved;		/* it should have been, and could not be */
};

/*
 * Restore what was saved into a new map, save the map to state_dir, and remove
 * expired entries, when there is anything to do.  Logins go on all the while: the
 * map is walked without the writers' lock.  Returns 0, or -1 when the map was not
 * swept.  A state that cannot be saved says nothing of the map: it is reported as
 * UNSAVED only.  Either was logged.
 */
int sweep_run(const struct authmap *am, struct sweep *sweep,
    struct sweep_report *report);

#endif
