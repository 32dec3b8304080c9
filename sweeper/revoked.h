/* SPDX-License-Identifier: ISC */
/* The entries that a sweep removes since their user or address is blocked. */
#ifndef SWEEPER_TAKEN_H
#define SWEEPER_TAKEN_H

#include <stdio.h>

#include "store/map.h"

/* Lines of change.h. */
struct taken {
	FILE *lines;		/* NULL: no memory */
	char *text;
	size_t len;
};

void taken_begin(struct taken *taken);
void taken_end(struct taken *taken);

/* Note that the entry KEY, which had RECORD, is removed. */
void taken_add(struct taken *taken, const char *key,
    const struct record *record);

/* Note them in relay.feed (FEED; -1: nowhere), as removed at NOW. */
void taken_feed(struct taken *taken, const struct authmap *am, int feed,
    time_t now);

/* Log each of them, and call EACH (may be NULL) with ARG for it. */
void taken_log(struct taken *taken, const struct authmap *am, map_each *each,
    void *arg);

#endif
