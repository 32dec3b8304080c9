/* SPDX-License-Identifier: ISC */
/* Blocks, and sweeps that report which entries they removed. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include "logins.h"
#include "store/blocklist-edit.h"
#include "sweeper/sweep.h"
#include "tap.h"

static struct sweep sweep;
static struct sweep_report report;
static char taken[256];

static inline void
blocks(const char *lines)
{
	(void)scratch_file("state/relay.blocks", lines);
}

static inline int
remember(const char *key, const struct record *record, void *arg)
{
	(void)arg;
	(void)strlcat(taken, key, sizeof taken);
	(void)strlcat(taken, " ", sizeof taken);
	(void)strlcat(taken, record->user, sizeof taken);
	(void)strlcat(taken, ",", sizeof taken);
	return 0;
}

static inline int
pass(void)
{
	sweep.each_revoked = remember;
	taken[0] = '\0';
	return sweep_run(am, &sweep, &report);
}

#endif
