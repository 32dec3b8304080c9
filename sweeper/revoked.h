/* SPDX-License-Identifier: ISC */
/* The entries that a sweep removes because their user or address is blocked. */
#ifndef SWEEPER_REVOKED_H
#define SWEEPER_REVOKED_H

#include <stdio.h>

#include "store/map.h"

/* The entries, as lines of change.h. */
struct revoked {
	FILE *lines;		/* NULL if there is no memory */
	char *text;
	size_t len;
};

void revoked_begin(struct revoked *revoked);
void revoked_end(struct revoked *revoked);

/* Add the entry KEY, whose RECORD was valid before. */
void revoked_add(struct revoked *revoked, const char *key,
    const struct record *record);

/* Write them to FEED, the open relay.feed, as removed at NOW.  Do nothing if FEED is
 * -1. */
void revoked_feed(struct revoked *revoked, const struct authmap *am, int feed,
    time_t now);

/* Log each of them, and call EACH, unless it is NULL, with ARG for it. */
void revoked_log(struct revoked *revoked, const struct authmap *am, map_each *each,
    void *arg);

#endif
