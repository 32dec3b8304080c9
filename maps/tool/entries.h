/* SPDX-License-Identifier: ISC */
/* The map's entries in memory, for verbs that sort them. */
#ifndef TOOL_ENTRIES_H
#define TOOL_ENTRIES_H

#include <stddef.h>

#include "base/handle.h"

/* An entry.  The user's name is allocated, since most are short. */
struct entry {
	time_t last, expires;
	char address[AUTHMAP_ADDRESS_SIZE];
	char service[AUTHMAP_SERVICE_SIZE];
	char *user;		/* as it logged in; "" if unknown */
};

/* Initialize it with zeros.  entries_free() frees it and sets it to zeros again. */
struct entries {
	struct entry **list;
	size_t count, room;
};

/* Add every entry that may relay now.  Return what authmap_walk() returns. */
int entries_read(struct entries *entries, struct authmap *am);
void entries_free(struct entries *entries);

/* Keep only the entries for which WANTED returns true. */
void entries_keep(struct entries *entries,
    bool (*wanted)(const struct entry *entry, const void *arg),
    const void *arg);

/* Sort by address; or by age, the latest activity first. */
void entries_sort_by_address(struct entries *entries);
void entries_sort_by_age(struct entries *entries);

/* Sort ENTRIES by user, and return the number of different users. */
size_t entries_users(struct entries *entries);

void entry_export(const struct entry *from, struct authmap_entry *entry);

#endif
