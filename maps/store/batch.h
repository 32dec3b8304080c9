/* What a holder of the writers' lock stores at once: see commit.c. */
#ifndef BATCH_H
#define BATCH_H

#include <stdio.h>

#include "store/change.h"
#include "store/counters.h"

/* Changes that are stored together: those of a file, then the writer's own. */
struct batch {
	FILE *in;
	off_t end;		/* where the last of IN is, at the most */
	const char *ops;
	bool restores;		/* IN is the saved state */
	const struct change *own;
	enum change_effect *effect;
	struct record *was;
	bool own_given;
	bool reported;
	unsigned int good, bad;
	bool counted;		/* logins; not what is restored */
	struct tally tally;
	off_t done;		/* of IN, when the time was over */
};

/* From the beginning, perhaps once more.  MAP_TROUBLE: it cannot be read. */
enum map_status batch_rewind(struct batch *b);

/* The next change; *OWN says whether it is the writer's own. */
bool batch_next(struct batch *b, struct change *change, bool *own);

/* Is it worth a try in the published map? */
bool batch_small(const struct batch *b);

/*
 * The writer is told what its own change came to, for OLD (NULL: none).  It may
 * meet the published map, and then a copy where it is known already: the first
 * is what counts.
 */
void batch_report(struct batch *b, enum change_effect effect,
    const struct record *old);

#endif
