/* The map made anew without what is over, while logins go on. */
#ifndef REBUILD_H
#define REBUILD_H

#include "commit.h"

/* Nobody waits for a sweep, but it is not to wait for ever either. */
#define LOCK_PATIENCE 5000	/* milliseconds */

/* Returns 0, or -1 when it was not done, which was logged. */
int rebuild(const struct authmap *am);

/* Takes the writers' lock as a sweep does; -1: not, which was logged. */
int sweep_lock(const struct authmap *am, struct writer *w);

#endif
