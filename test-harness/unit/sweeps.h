/* SPDX-License-Identifier: ISC */
/* Single sweeps, and what they log. */
#ifndef SWEEPS_H
#define SWEEPS_H

#include "logins.h"
#include "store/lock.h"
#include "sweeper/sweep.h"
#include "tap.h"

static inline bool
said(const char *what)
{
	return strstr(scratch_log, what) != NULL;
}

static struct sweep_report report;

/* What a sweep has done so far, as its files show. */
static struct {
	ino_t saved;		/* of the last saved state */
	unsigned int saves;	/* how often it has walked and saved the map */
	bool locked;		/* it has the lock */
	bool walks;		/* it has left the lock, and begins to walk */
} seen;

static inline ino_t
saved_inode(void)
{
	struct stat st;

	return stat(am->files.saved, &st) == 0 ? st.st_ino : 0;
}

/* The clock of a test calls this when a sweep asks for the time. */
static inline void
look_at_sweep(void)
{
	int lock = lock_try(am);
	bool had = seen.locked;

	seen.locked = lock == -1;
	seen.walks |= had && !seen.locked;
	if (lock != -1)
		lock_drop(lock);
	seen.saves += saved_inode() != seen.saved;
	seen.saved = saved_inode();
}

static inline int
sweep_once(void)
{
	struct sweep sweep = { .scanned_at = 0 };
	int result;

	scratch_log[0] = '\0';
	memset(&seen, 0, sizeof seen);
	seen.saved = saved_inode();
	result = sweep_run(am, &sweep, &report);
	look_at_sweep();
	return result;
}

#endif
