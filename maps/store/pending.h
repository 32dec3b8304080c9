/*
 * The queue of the group commit: relay.pending.
 *
 * Who cannot have the lock at once appends its change here, holding no lock
 * and waiting for nobody.  Whoever has the lock renames the file to
 * relay.draining, stores all of it in one new map, publishes that, and only
 * then removes the file: which tells the appenders that they are done.  A
 * holder that dies in between leaves relay.draining to the next one.
 */
#ifndef PENDING_H
#define PENDING_H

#include "store/change.h"

/* What is longer was not written by us. */
#define PENDING_END (8 * 1024 * 1024)

/*
 * Appends CHANGE.  Returns a descriptor for pending_done(), to be closed by
 * the caller, or -1 with errno; EFBIG when the file is full.
 */
int pending_append(const struct authmap *am, const struct change *change);

/* Is what was appended through FD published? */
bool pending_done(int fd);

/* Has somebody left something? */
bool pending_there(const struct authmap *am);

/* Has a holder of the lock left what it had taken? */
bool pending_left(const struct authmap *am);

/*
 * With the lock held: opens what is to be stored now into *IN, NULL when there
 * is nothing.  What is too large to be ours, or no plain file, is set aside.
 * Returns false on trouble, which was logged.  Call it again after
 * pending_finish(): more may have come.
 */
bool pending_take(const struct authmap *am, FILE **in);

/*
 * Closes IN.  STORED says that all of it is published: the file is removed;
 * otherwise the first DONE bytes are, and are not read again.
 * BAD lines that were no change are logged; a file without a GOOD one is set
 * aside.
 */
void pending_finish(const struct authmap *am, FILE *in, bool stored, off_t done,
    unsigned int good, unsigned int bad);

#endif
