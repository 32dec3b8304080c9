/* SPDX-License-Identifier: ISC */
/* max_per_user: which entries of a user with too many are to go. */
#ifndef SWEEPER_USER_LIMIT_H
#define SWEEPER_USER_LIMIT_H

#include <sys/tree.h>

#include "store/map.h"

struct limited_user;
struct limited_key;
RB_HEAD(limited_users, limited_user);

struct user_limit {
	const struct authmap *am;
	time_t now;
	struct limited_users users;
	bool exceeded;		/* by one user at least */
	struct limited_key *keys;	/* to go, sorted by their text */
	size_t count, room;
	bool no_memory;
};

/* Begin to count; ended by user_limit_free(). */
void user_limit_begin(struct user_limit *limit, const struct authmap *am,
    time_t now);

/* Count an entry of the map that is valid. */
void user_limit_count(struct user_limit *limit, const struct record *record);

/*
 * Read MAP once more, if a user has too many, and choose those to go: a user's
 * oldest.  Each such user is logged.  Returns MAP_OK or why MAP cannot be read;
 * without memory, nothing is chosen, which is logged.
 */
enum map_status user_limit_choose(struct user_limit *limit, struct map *map);

/* Is KEY to go, which has RECORD now?  Not if it was refreshed since. */
bool user_limit_drops(const struct user_limit *limit, const char *key,
    const struct record *record);

void user_limit_free(struct user_limit *limit);

#endif
