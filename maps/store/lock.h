/* SPDX-License-Identifier: ISC */
/* The lock of the writers, relay.lock, which no reader uses; and other locks. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "base/clock.h"
#include "base/safefile.h"

/*
 * Take the lock of the writers if no process holds it.  Return a descriptor for
 * lock_drop(), or -1 with errno: EWOULDBLOCK if another process holds it.  A file
 * that is not regular is moved aside first.
 */
int lock_try(const struct authmap *am);

/* Wait for the lock of the writers until END, in the kernel.  Return as lock_try()
 * does. */
int lock_wait(const struct authmap *am, deadline end);

/* Wait until END for the lock of the file PATH, which is made with MODE if it does
 * not exist.  Return as lock_try() does. */
int lock_named(const struct authmap *am, const char *path, mode_t mode,
    deadline end);

void lock_drop(int lock);

#endif
