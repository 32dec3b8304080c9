/* SPDX-License-Identifier: ISC */
#include "sweeper/user-limit.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* Users are counted by a hash of their names: most have few entries, so their names
 * need not be kept. */
#define COUNT_BITS 16

/* An entry of a user who may have too many. */
struct limited_key {
	time_t last;
	char *user;
	char key[AUTHMAP_ADDRESS_SIZE];
};

void
user_limit_begin(struct user_limit *limit, const struct authmap *am,
    time_t now)
{
	memset(limit, 0, sizeof *limit);
	limit->am = am;
	limit->now = now;
	if (am->config.max_per_user == 0)
		return;
	limit->counts = calloc(1U << COUNT_BITS, sizeof *limit->counts);
	limit->no_memory = limit->counts == NULL;
}

/* "-" is no user: their name is not known. */
static bool
is_limited(const struct user_limit *limit, const struct record *record)
{
	return limit->counts != NULL && strcmp(record->user, "-") != 0;
}

static unsigned int *
count_of(const struct user_limit *limit, const struct record *record)
{
	uint32_t hash = gdbmfile_hash(record->user, strlen(record->user));

	return &limit->counts[hash >> (HASH_BITS - COUNT_BITS)];
}

void
user_limit_count(struct user_limit *limit, const struct record *record)
{
	if (is_limited(limit, record) &&
	    ++*count_of(limit, record) > limit->am->config.max_per_user)
		limit->exceeded = true;
}

/* Return a new element of limit->keys, or NULL if there is no memory. */
static struct limited_key *
key_new(struct user_limit *limit)
{
	if (limit->count == limit->room) {
		size_t room = limit->room == 0 ? 1024 : 2 * limit->room;
		struct limited_key *grown = reallocarray(limit->keys, room,
		    sizeof *grown);

		if (grown == NULL)
			return NULL;
		limit->keys = grown;
		limit->room = room;
	}
	return &limit->keys[limit->count++];
}

/* Add the entry KEY to those of users who may have too many. */
static int
gather(const char *key, const struct record *record, void *arg)
{
	struct user_limit *limit = arg;
	struct limited_key *new;

	if (!record_valid(record, limit->now) || !is_limited(limit, record) ||
	    *count_of(limit, record) <= limit->am->config.max_per_user)
		return 0;
	new = key_new(limit);
	if (new != NULL) {
		new->last = record->last;
		(void)strlcpy(new->key, key, sizeof new->key);
		new->user = strdup(record->user);
	}
	limit->no_memory = new == NULL || new->user == NULL;
	return limit->no_memory;
}

/* Order entries by user, and those of one user from the oldest on. */
static int
by_user_and_age(const void *a, const void *b)
{
	const struct limited_key *x = a, *y = b;
	int order = strcmp(x->user, y->user);

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
log_user(const struct user_limit *limit, const char *user, size_t gone)
{
	unsigned int most = limit->am->config.max_per_user;

	log_say(&limit->am->log, LOG_WARNING, "removed %zu addresses of user=%s: "
	    "max_per_user = %u is reached: change the user's password if it was "
	    "stolen, or raise the limit", gone, user, most);
}

static void
remove_keys(struct user_limit *limit)
{
	for (size_t i = 0; i < limit->count; i++)
		free(limit->keys[i].user);
	limit->count = 0;
}

/* Leave in limit->keys only those that are to be removed. */
static void
choose(struct user_limit *limit)
{
	struct limited_key *keys = limit->keys;
	unsigned int most = limit->am->config.max_per_user;
	size_t kept = 0;

	qsort(keys, limit->count, sizeof *keys, by_user_and_age);
	for (size_t i = 0, end; i < limit->count; i = end) {
		size_t gone;

		for (end = i + 1; end < limit->count &&
		    strcmp(keys[end].user, keys[i].user) == 0;)
			end++;
		gone = end - i > most ? end - i - most : 0;
		if (gone > 0)
			log_user(limit, keys[i].user, gone);
		for (size_t j = i; j < end; j++) {
			if (j < i + gone)
				keys[kept++] = keys[j];
			else
				free(keys[j].user);
		}
	}
	limit->count = kept;
	qsort(keys, limit->count, sizeof *keys, by_key);
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
		remove_keys(limit);
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
	    strcmp(found->user, record->user) == 0;
}

void
user_limit_free(struct user_limit *limit)
{
	remove_keys(limit);
	free(limit->keys);
	free(limit->counts);
	limit->keys = NULL;
	limit->counts = NULL;
	limit->room = 0;
}
