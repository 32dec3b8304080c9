/*
 * Three steps, of which only the short ones hold the writers' lock:
 *
 * 1. locked: store what is pending, and begin relay.changes, in which every
 *    writer from now on notes what it does;
 * 2. unlocked: copy what is still valid into a new map, however long it takes,
 *    and store what was noted so far;
 * 3. locked: store the last that was noted, and publish.
 *
 * So the new map is what the old one is, less what is over; and as large as it
 * must be, since it is not the old file with holes.
 */
#include "rebuild.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "changes.h"

struct copy {
	struct map *to;
	time_t now;
	enum map_status status;
};

int
sweep_lock(const struct authmap *am, struct writer *w)
{
	int lock = lock_wait(am, deadline_in(LOCK_PATIENCE));

	if (lock == -1) {
		log_say(&am->log, LOG_ERR, "%s: %s", am->files.lock,
		    errno == EWOULDBLOCK ? "another process holds it and does "
		    "not let go: not swept" : strerror(errno));
		return -1;
	}
	writer_begin(w, am, lock, NEVER);
	return 0;
}

static int
copy_entry(const char *key, const struct record *record, void *arg)
{
	struct copy *copy = arg;
	struct record kept;

	if (record == NULL)
		return 0;
	kept = *record;
	if (!record_settle(&kept, copy->now))
		return 0;
	copy->status = map_put(copy->to, key, &kept);
	return copy->status == MAP_OK ? 0 : 1;
}

static FILE *
begin(const struct authmap *am)
{
	FILE *changes = NULL;
	struct writer w;

	if (sweep_lock(am, &w) == -1)
		return NULL;
	if (writer_commit(&w, NULL, NULL, NULL) == MAP_OK) {
		changes = changes_begin(am);
		if (changes == NULL)
			log_say(&am->log, LOG_ERR, "%s: cannot be made: %s",
			    am->files.changes, strerror(errno));
	}
	writer_end(&w);
	return changes;
}

static enum map_status
copy_valid(const struct authmap *am)
{
	struct copy copy = { .now = am->clock(NULL), .status = MAP_OK };
	struct map *from;
	enum map_status status = map_open(&from, am->files.map, MAP_READ);

	if (status == MAP_OK)
		status = map_create(&copy.to, am, am->files.swept);
	if (status == MAP_OK)
		status = map_walk(from, copy_entry, &copy, NULL);
	if (status == MAP_OK)
		status = copy.status;
	if (map_close(copy.to) != MAP_OK && status == MAP_OK)
		status = MAP_TROUBLE;
	(void)map_close(from);
	return status;
}

/* Stores in the new map what the writers have noted since the last time. */
static enum map_status
catch_up(const struct authmap *am, FILE *changes)
{
	struct change change;
	struct map *map;
	enum map_status status = map_open(&map, am->files.swept, MAP_WRITE);

	clearerr(changes);
	while (status == MAP_OK &&
	    change_next(changes, CHANGES_OPS, &change, NULL))
		status = map_put(map, change.key, &change.record);
	if (status == MAP_OK && ferror(changes))
		status = map_fail(MAP_TROUBLE, "what was noted cannot be read");
	if (map_close(map) != MAP_OK && status == MAP_OK)
		status = MAP_TROUBLE;
	return status;
}

static int
finish(const struct authmap *am, FILE *changes)
{
	struct writer w;
	enum map_status status;
	int result = -1;

	if (sweep_lock(am, &w) == -1)
		return -1;
	status = writer_commit(&w, NULL, NULL, NULL);
	if (!changes_complete(am, changes)) {
		/* A map was begun anew meanwhile: the next sweep is for it. */
		log_say(&am->log, LOG_NOTICE, "%s: was begun anew during a "
		    "sweep: it is swept the next time", am->files.map);
	} else if (status == MAP_OK) {
		status = catch_up(am, changes);
		if (status == MAP_OK &&
		    writer_publish(&w, am->files.swept) == MAP_OK) {
			changes_drop(am);
			result = 0;
		}
	}
	writer_end(&w);
	if (status != MAP_OK)
		log_say(&am->log, LOG_ERR, "%s: cannot be written: %s",
		    am->files.swept, map_error());
	return result;
}

int
rebuild(const struct authmap *am)
{
	FILE *changes = begin(am);
	enum map_status status;
	int result = -1;

	if (changes == NULL)
		return -1;
	status = copy_valid(am);
	/* Most of it now, so that little is left to do under the lock. */
	if (status == MAP_OK && changes_complete(am, changes))
		status = catch_up(am, changes);
	if (status == MAP_OK)
		result = finish(am, changes);
	else
		log_say(&am->log, LOG_ERR, "%s: cannot be written: %s",
		    am->files.swept, map_error());
	if (result == -1) {
		changes_drop(am);
		(void)unlink(am->files.swept);
	}
	(void)fclose(changes);
	return result;
}
