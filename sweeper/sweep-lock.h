/* SPDX-License-Identifier: ISC */
/* The writers' lock, as each step of a sweep takes it. */
#ifndef SWEEPER_SWEEP_LOCK_H
#define SWEEPER_SWEEP_LOCK_H

#include "store/writer.h"

/* For how long a step waits for the lock. */
#define SWEEP_LOCK_MS 5000

/* How many entries are stored while logins wait. */
#define SWEEP_BATCH_ENTRIES 256

/*
 * Take the writers' lock and begin with W, which the caller ends by writer_end().
 * Return false if another process holds the lock for too long, which was logged.
 */
bool sweep_lock(const struct authmap *am, struct writer *w);

#endif
