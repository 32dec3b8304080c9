#include "store/user-entries.h"

#include <stdlib.h>
#include <string.h>

/* The most that one user's limit can be. */
#define GATHER_MAX 10000

struct owned_entry {
	char key[AUTHMAP_ADDRESS_SIZE];
	time_t last;
	uint32_t number;
};

void
owned_begin(struct owned *owned, deadline end, time_t now)
{
	memset(owned, 0, sizeof *owned);
	owned->end = end;
	owned->now = now;
}

void
owned_end(struct owned *owned)
{
	free(owned->entry);
}

void
owned_forget(struct owned *owned)
{
	owned->user[0] = '\0';
}

static bool
push(struct owned *owned, const char *key, time_t last, uint32_t number)
{
	struct owned_entry *grown;

	if (owned->count == owned->room) {
		size_t room = owned->room == 0 ? 64 : 2 * owned->room;

		grown = reallocarray(owned->entry, room, sizeof *grown);
		if (grown == NULL)
			return false;
		owned->entry = grown;
		owned->room = room;
	}
	(void)strlcpy(owned->entry[owned->count].key, key,
	    AUTHMAP_ADDRESS_SIZE);
	owned->entry[owned->count].last = last;
	owned->entry[owned->count++].number = number;
	return true;
}

struct gather {
	struct owned *owned;
	struct map *map;
};

static enum users_verdict
gather_one(const char *key, uint32_t number, void *arg)
{
	struct gather *gather = arg;
	struct owned *owned = gather->owned;
	struct record record;
	enum map_status status = map_get(gather->map, key, &record);

	if (status == MAP_NONE || (status == MAP_OK &&
	    (record.expires <= owned->now ||
	    !users_share(record.user, owned->user))))
		return USERS_DROP;
	owned->all = status == MAP_OK && !deadline_over(owned->end) &&
	    (strcmp(record.user, owned->user) != 0 ||
	    (owned->count < GATHER_MAX &&
	    push(owned, key, record.last, number)));
	return owned->all ? USERS_KEEP : USERS_STOP;
}

bool
owned_gather(struct owned *owned, struct users *users, struct map *map,
    const char *user)
{
	struct gather gather = { owned, map };

	if (strcmp(owned->user, user) == 0)
		return true;
	(void)strlcpy(owned->user, user, sizeof owned->user);
	owned->count = 0;
	owned->all = true;
	return users_each(users, user, gather_one, &gather);
}

void
owned_add(struct owned *owned, const char *user, const char *key, time_t last,
    uint32_t number)
{
	if (strcmp(owned->user, user) == 0 &&
	    !push(owned, key, last, number))
		owned->all = false;
}

static struct owned_entry *
oldest(const struct owned *owned)
{
	struct owned_entry *found = &owned->entry[0];

	for (size_t i = 1; i < owned->count; i++) {
		struct owned_entry *e = &owned->entry[i];

		if (e->last < found->last || (e->last == found->last &&
		    e->number < found->number))
			found = e;
	}
	return found;
}

bool
owned_oldest(struct owned *owned, struct map *map,
    char key[AUTHMAP_ADDRESS_SIZE], struct record *record)
{
	while (owned->count > 0) {
		struct owned_entry *e = oldest(owned);
		bool there = map_get(map, e->key, record) == MAP_OK &&
		    record->expires > owned->now &&
		    strcmp(record->user, owned->user) == 0;

		/* This batch may have refreshed it since it was gathered. */
		if (there && record->last != e->last) {
			e->last = record->last;
			continue;
		}
		(void)strlcpy(key, e->key, AUTHMAP_ADDRESS_SIZE);
		*e = owned->entry[--owned->count];
		if (there)
			return true;
	}
	return false;
}
