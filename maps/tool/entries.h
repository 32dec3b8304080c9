/* SPDX-License-Identifier: ISC */
/* The map's entries in memory, for verbs that sort them. */
#ifndef TOOL_ENTRIES_H
#define TOOL_ENTRIES_H

#include <stddef.h>

#include "base/handle.h"

/* An entry; the user's name takes what it needs. */
struct entry {
	time_t last, expires;
	char address[AUTHMAP_ADDRESS_SIZE];
	char service[AUTHMAP_SERVICE_SIZE];
	char *user;		/* as it logged in; "" nobody knows */
};

/* Begins with all zero; ends with entries_free(), which leaves it so. */
struct entries {
	struct entry **list;
	size_t count, room;
};

/* Adds every entry that may relay now; what came of it, as authmap_walk(). */
int entries_read(struct entries *entries, struct authmap *am);
void entries_free(struct entries *entries);

/* Keep only the entries for which WANTED returns true. */
void entries_keep(struct entries *entries,
    bool (*wanted)(const struct entry *entry, const void *arg),
    const void *arg);

/* By address; the one that was seen last first. */
void entries_sort_by_address(struct entries *entries);
void entries_sort_by_age(struct entries *entries);

/* How many users there are; leaves ENTRIES sorted by them. */
size_t entries_users(struct entries *entries);

void entry_export(const struct entry *from, struct authmap_entry *entry);

#endif
