/* The map's entries in memory, for verbs that sort them. */
#ifndef TOOL_ENTRIES_H
#define TOOL_ENTRIES_H

#include <stddef.h>

#include "base/handle.h"

/* An entry; the user's name takes what it needs. */
struct row {
	time_t last, expires;
	char address[AUTHMAP_ADDRESS_SIZE];
	char service[AUTHMAP_SERVICE_SIZE];
	char *user;		/* as it logged in; "" nobody knows */
};

/* Begins with all zero; ends with rows_free(), which leaves it so. */
struct rows {
	struct row **list;
	size_t count, room;
};

/* Adds every entry that may relay now; what came of it, as authmap_walk(). */
int rows_read(struct rows *rows, struct authmap *am);
void rows_free(struct rows *rows);

/* By address; the one that was seen last first. */
void rows_by_address(struct rows *rows);
void rows_by_age(struct rows *rows);

/* How many users there are; leaves ROWS sorted by them. */
size_t rows_users(struct rows *rows);

void row_to_entry(const struct row *row, struct authmap_entry *entry);

#endif
