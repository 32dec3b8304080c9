/* SPDX-License-Identifier: ISC */
/* The writers' lock: relay.lock, which no reader ever touches; and others. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "base/clock.h"
#include "base/safefile.h"

/*
 * Takes the lock if nobody has it.  Returns a descriptor to be given to
 * lock_drop(), or -1: errno is EWOULDBLOCK when another writer has it, else
 * something is wrong.  What is no regular file is moved aside first.
 */
int lock_try(const struct authmap *am);

/* Wait for it in the kernel until END; -1 with errno EWOULDBLOCK then. */
int lock_wait(const struct authmap *am, deadline end);

/*
 * Waits for the lock of the file PATH, made with MODE, until END.  As
 * lock_wait().
 */
int lock_named(const struct authmap *am, const char *path, mode_t mode,
    deadline end);

void lock_drop(int lock);

#endif
