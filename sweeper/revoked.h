/* SPDX-License-Identifier: ISC */
/* The entries that a sweep removes since their user or address is blocked. */
#ifndef SWEEPER_REVOKED_H
#define SWEEPER_REVOKED_H

#include <stdio.h>

#include "store/map.h"

/* Lines of change.h. */
struct revoked {
	FILE *lines;		/* NULL: no memory */
	char *text;
	size_t len;
};

void revoked_begin(struct revoked *revoked);
void revoked_end(struct revoked *revoked);

/* Note that the entry KEY, which had RECORD, is removed. */
void revoked_add(struct revoked *revoked, const char *key,
    const struct record *record);

/* Note them in relay.feed (FEED; -1: nowhere), as removed at NOW. */
void revoked_feed(struct revoked *revoked, const struct authmap *am, int feed,
    time_t now);

/* Log each of them, and call EACH (may be NULL) with ARG for it. */
void revoked_log(struct revoked *revoked, const struct authmap *am, map_each *each,
    void *arg);

#endif
