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

#include "change.h"

/*
 * Appends CHANGE.  Returns a descriptor for pending_done(), to be closed by
 * the caller, or -1 with errno; EFBIG when the file is full.
 */
int pending_append(const struct authmap *am, const struct change *change);

/* Is what was appended through FD published? */
bool pending_done(int fd);

/* Has somebody left something that is not being stored yet? */
bool pending_there(const struct authmap *am);

/*
 * With the lock held: opens what is to be stored now, or returns NULL when
 * there is nothing.  What cannot be read, or is too large to be ours, is set
 * aside.  Call it again after pending_finish(): more may have come.
 */
FILE *pending_take(const struct authmap *am);

/*
 * Closes IN.  STORED says that all of it is published: the file is removed.
 * BAD lines that were no change are logged.
 */
void pending_finish(const struct authmap *am, FILE *in, bool stored,
    unsigned int bad);

#endif
