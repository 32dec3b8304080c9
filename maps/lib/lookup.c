/* SPDX-License-Identifier: ISC */
/* The readers' side of the interface.  No function here takes a lock. */
#include <string.h>
#include <syslog.h>

#include "store/blocklist.h"
#include "lib/lookup.h"

/* A missing map grants nobody, but it does not prove that a client may not relay. */
static enum map_status
missing(void)
{
	return map_fail(MAP_ERROR, "it does not exist: start authmap-sweeper, "
	    "which makes it");
}

void
reader_renew(struct reader *reader)
{
	reader->status = map_reopen(&reader->map, reader->am->files.map);
	(void)blocks_renew(reader->am);
}

void
reader_close(struct reader *reader)
{
	map_close(reader->map);
	reader->map = NULL;
}

/* Log an error if `exclude` cannot be read: an address may be in it. */
static bool
unsafe(const struct authmap *am)
{
	if (am->config.unsafe)
		log_say(&am->log, LOG_ERR, "%s: has errors, so no address is "
		    "looked up: correct them", am->config.file);
	return am->config.unsafe;
}

/*
 * Fetch the record of KEY.  Return MAP_NOTFOUND if the map does not have it.  Any
 * member of the group may have written EXPIRES, so it is cut to the longest window.
 */
static enum map_status
fetch_record(struct reader *reader, const char *key, struct record *record)
{
	enum map_status status = reader->status;

	if (status == MAP_NOTFOUND)
		return missing();
	if (status == MAP_OK)
		status = map_get(reader->map, key, record);
	if (status == MAP_NOTFOUND && !map_is_restored(reader->map))
		return map_fail(MAP_ERROR, "the saved state is not restored "
		    "yet: start authmap-sweeper");
	if (status == MAP_OK)
		record_cut(record, config_longest(&reader->am->config));
	return status;
}

/* Return 1 if the entry of KEY is valid, 0 if not, or -1 on an error. */
static int
lookup_key(struct reader *reader, const char *key, struct record *record)
{
	const struct authmap *am = reader->am;
	enum map_status status = fetch_record(reader, key, record);
	time_t now = am->clock(NULL);

	/* The entry may have been refreshed since the map was opened. */
	if (status == MAP_OK && !record_valid(record, now)) {
		reader_close(reader);
		reader_renew(reader);
		status = fetch_record(reader, key, record);
	}
	if (status == MAP_OK)
		return record_valid(record, now) ? 1 : 0;
	if (status == MAP_NOTFOUND)
		return 0;
	log_say(&am->log, LOG_ERR, "%s: cannot be read: %s", am->files.map,
	    map_error());
	reader_close(reader);
	reader->status = status;
	return -1;
}

static int
lookup_static(const char *key, struct authmap_entry *entry)
{
	if (entry == NULL)
		return 1;
	memset(entry, 0, sizeof *entry);
	(void)strlcpy(entry->address, key, sizeof entry->address);
	(void)strlcpy(entry->service, "static", sizeof entry->service);
	return 1;
}

/*
 * Return 1 if neither KEY nor USER is blocked, 0 if one is, or -1 on an error, which
 * was logged.  A block also removes the entries; it is checked here for `static`,
 * and in case they could not be removed at once.
 */
static int
not_blocked(const struct reader *reader, const char *key, const char *user)
{
	const struct authmap *am = reader->am;

	if (am->blocks->trouble[0] == '\0' || am->blocks->hidden)
		return !blocked(am, key, user, am->clock(NULL));
	log_say(&am->log, LOG_ERR, "%s", am->blocks->trouble);
	return -1;
}

int
reader_lookup(struct reader *reader, const struct address *address,
    struct authmap_entry *entry)
{
	const struct config *config = &reader->am->config;
	char key[AUTHMAP_ADDRESS_SIZE];
	struct record record;
	bool always = networks_have(&config->always, address);
	int found;

	/* With ipv6_prefix, an entry may cover excluded neighbours of its
	 * address. */
	if (config_excludes(config, address))
		return 0;
	if (unsafe(reader->am))
		return -1;
	address_key(address, config->ipv6_prefix, key);
	found = always ? 1 : lookup_key(reader, key, &record);
	if (found != 1)
		return found;
	found = not_blocked(reader, key, always ? "-" : record.user);
	if (found == 1 && always)
		return lookup_static(key, entry);
	if (found == 1 && entry != NULL)
		record_to_entry(&record, key, entry);
	return found;
}

int
authmap_lookup(struct authmap *am, const char *address,
    struct authmap_entry *entry)
{
	struct reader reader = { .am = am };
	struct address parsed;
	int found;

	if (!address_parse(address, &parsed)) {
		log_say(&am->log, LOG_ERR, "\"%s\" is not an address",
		    ENCODED(address, 64));
		return -1;
	}
	reader_renew(&reader);
	found = reader_lookup(&reader, &parsed, entry);
	reader_close(&reader);
	return found;
}

struct walk {
	const struct config *config;
	int (*each)(const struct authmap_entry *, void *);
	void *arg;
	time_t now;
};

static int
walk_entry(const char *key, const struct record *record, void *arg)
{
	const struct walk *walk = arg;
	struct authmap_entry entry;
	struct record kept;

	if (record == NULL || config_excludes_key(walk->config, key))
		return 0;
	kept = *record;
	record_cut(&kept, config_longest(walk->config));
	if (!record_valid(&kept, walk->now))
		return 0;
	record_to_entry(&kept, key, &entry);
	return walk->each(&entry, walk->arg);
}

/* A member of the group may put a huge foreign file in place of the map. */
#define WALK_FOREIGN_MS 5000

int
authmap_walk(struct authmap *am,
    int (*each)(const struct authmap_entry *entry, void *arg), void *arg)
{
	struct walk walk = { &am->config, each, arg, am->clock(NULL) };
	struct map *map;
	int stopped = 0;
	enum map_status status;

	if (unsafe(am))
		return -1;
	status = map_open(&map, am->files.map, MAP_READ);
	if (status == MAP_NOTFOUND)
		status = missing();
	if (status == MAP_OK) {
		if (map_is_foreign(map))
			map->file.end = deadline_in(WALK_FOREIGN_MS);
		status = map_walk(map, walk_entry, &walk, &stopped);
		map_close(map);
	}
	if (status == MAP_OK)
		return stopped;
	log_say(&am->log, LOG_ERR, "%s: cannot be read: %s", am->files.map,
	    map_error());
	return -1;
}
