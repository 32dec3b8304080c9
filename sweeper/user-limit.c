/* SPDX-License-Identifier: ISC */
#include "user-limit.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* A user with entries in the map. */
struct limited_user {
	RB_ENTRY(limited_user) entry;
	unsigned int count;
	char name[];
};

/* An entry of a user with too many. */
struct limited_key {
	struct limited_user *user;
	time_t last;
	char key[AUTHMAP_ADDRESS_SIZE];
};

static int
compare_users(const struct limited_user *a, const struct limited_user *b)
{
	return strcmp(a->name, b->name);
}

RB_PROTOTYPE(limited_users, limited_user, entry, compare_users)
RB_GENERATE(limited_users, limited_user, entry, compare_users)

void
user_limit_begin(struct user_limit *limit, const struct authmap *am,
    time_t now)
{
	memset(limit, 0, sizeof *limit);
	limit->am = am;
	limit->now = now;
	RB_INIT(&limit->users);
}

static struct limited_user *
user_new(const char *name)
{
	size_t size = strlen(name) + 1;
	struct limited_user *user = calloc(1, sizeof *user + size);

	if (user != NULL)
		memcpy(user->name, name, size);
	return user;
}

/* Many users may stand behind "-", a name that is not known. */
static bool
is_limited(const struct user_limit *limit, const struct record *record)
{
	return limit->am->config.max_per_user != 0 &&
	    strcmp(record->user, "-") != 0;
}

void
user_limit_count(struct user_limit *limit, const struct record *record)
{
	struct limited_user *user, *known;

	if (!is_limited(limit, record))
		return;
	user = user_new(record->user);
	if (user == NULL) {
		limit->no_memory = true;
		return;
	}
	known = RB_INSERT(limited_users, &limit->users, user);
	if (known != NULL) {
		free(user);
		user = known;
	}
	if (++user->count > limit->am->config.max_per_user)
		limit->exceeded = true;
}

static struct limited_user *
user_find(struct user_limit *limit, const char *name)
{
	struct limited_user *wanted = user_new(name), *user;

	if (wanted == NULL) {
		limit->no_memory = true;
		return NULL;
	}
	user = RB_FIND(limited_users, &limit->users, wanted);
	free(wanted);
	return user;
}

/* Gather the entries of those users who have too many. */
static int
gather(const char *key, const struct record *record, void *arg)
{
	struct user_limit *limit = arg;
	struct limited_user *user;

	if (!record_valid(record, limit->now) || !is_limited(limit, record))
		return 0;
	user = user_find(limit, record->user);
	if (user == NULL || user->count <= limit->am->config.max_per_user)
		return limit->no_memory;
	if (limit->count == limit->room) {
		size_t room = limit->room == 0 ? 1024 : 2 * limit->room;
		struct limited_key *grown = reallocarray(limit->keys, room,
		    sizeof *grown);

		if (grown == NULL) {
			limit->no_memory = true;
			return 1;
		}
		limit->keys = grown;
		limit->room = room;
	}
	limit->keys[limit->count].user = user;
	limit->keys[limit->count].last = record->last;
	(void)strlcpy(limit->keys[limit->count++].key, key,
	    AUTHMAP_ADDRESS_SIZE);
	return 0;
}

/* A user's entries side by side, the oldest first. */
static int
by_user_and_age(const void *a, const void *b)
{
	const struct limited_key *x = a, *y = b;
	int order = strcmp(x->user->name, y->user->name);

	if (order != 0)
		return order;
	return (x->last > y->last) - (x->last < y->last);
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct limited_key *)a)->key,
	    ((const struct limited_key *)b)->key);
}

static void
log_user(const struct user_limit *limit, const struct limited_user *user,
    unsigned int gone)
{
	unsigned int most = limit->am->config.max_per_user;

	log_say(&limit->am->log, LOG_WARNING, "removed %u addresses of user=%s: "
	    "max_per_user = %u is reached: change the user's password if it was "
	    "stolen, or raise the limit", gone, user->name, most);
}

/* Keep of KEYS those that are to go. */
static void
choose(struct user_limit *limit)
{
	unsigned int most = limit->am->config.max_per_user;
	size_t kept = 0;

	qsort(limit->keys, limit->count, sizeof *limit->keys, by_user_and_age);
	for (size_t i = 0; i < limit->count;) {
		struct limited_user *user = limit->keys[i].user;
		size_t end = i, gone;

		while (end < limit->count && limit->keys[end].user == user)
			end++;
		gone = end - i > most ? end - i - most : 0;
		if (gone > 0)
			log_user(limit, user, (unsigned int)gone);
		memmove(&limit->keys[kept], &limit->keys[i],
		    gone * sizeof *limit->keys);
		kept += gone;
		i = end;
	}
	limit->count = kept;
	qsort(limit->keys, limit->count, sizeof *limit->keys, by_key);
}

enum map_status
user_limit_choose(struct user_limit *limit, struct map *map)
{
	enum map_status status = MAP_OK;

	if (limit->exceeded && !limit->no_memory)
		status = map_walk(map, gather, limit, NULL);
	if (limit->no_memory) {
		log_say(&limit->am->log, LOG_ERR, "max_per_user is not "
		    "enforced in this sweep: no memory");
		limit->count = 0;
	} else if (status == MAP_OK && limit->count > 0)
		choose(limit);
	return status;
}

bool
user_limit_drops(const struct user_limit *limit, const char *key,
    const struct record *record)
{
	struct limited_key wanted = { .user = NULL };
	const struct limited_key *found;

	if (limit->count == 0)
		return false;
	(void)strlcpy(wanted.key, key, sizeof wanted.key);
	found = bsearch(&wanted, limit->keys, limit->count, sizeof wanted,
	    by_key);
	return found != NULL && record->last <= found->last &&
	    strcmp(found->user->name, record->user) == 0;
}

void
user_limit_free(struct user_limit *limit)
{
	struct limited_user *user, *next;

	RB_FOREACH_SAFE(user, limited_users, &limit->users, next) {
		RB_REMOVE(limited_users, &limit->users, user);
		free(user);
	}
	free(limit->keys);
	limit->keys = NULL;
	limit->count = limit->room = 0;
}
