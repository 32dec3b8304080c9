/* SPDX-License-Identifier: ISC */
/* max_per_user: which entries are removed of a user who has too many. */
#ifndef SWEEPER_USER_LIMIT_H
#define SWEEPER_USER_LIMIT_H

#include "store/map.h"

struct limited_key;

struct user_limit {
	const struct authmap *am;
	time_t now;
	unsigned int *counts;	/* entries of all users whose names hash alike */
	bool exceeded;		/* a user may have too many entries */
	struct limited_key *keys;	/* to be removed, sorted by their text */
	size_t count, room;
	bool no_memory;
};

/* Begin to count the entries of each user.  The caller ends it by
 * user_limit_free(). */
void user_limit_begin(struct user_limit *limit, const struct authmap *am,
    time_t now);

/* Count an entry of the map that is valid. */
void user_limit_count(struct user_limit *limit, const struct record *record);

/*
 * If a user may have too many entries, walk MAP again, and choose the oldest of
 * those of each user who has, for removal.  Each such user is logged.  Return
 * MAP_OK, or the status of the walk.  If there is no memory, no entry is chosen,
 * which is logged.
 */
enum map_status user_limit_choose(struct user_limit *limit, struct map *map);

/* Return whether the entry KEY, which has RECORD now, was chosen and not refreshed
 * since. */
bool user_limit_drops(const struct user_limit *limit, const char *key,
    const struct record *record);

void user_limit_free(struct user_limit *limit);

#endif
