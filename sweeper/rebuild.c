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
 * must be, since it is not the old file with holes.  relay.users is made anew
 * on the way.
 */
#include "sweeper/rebuild.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "store/blocklist.h"
#include "store/journal.h"
#include "base/event.h"
#include "store/feed.h"
#include "store/user-index.h"

/* A line of change.h for each entry that is taken away. */
struct taken {
	FILE *lines;		/* NULL: no memory */
	char *text;
	size_t len;
};

struct copy {
	const struct authmap *am;
	struct map *to;
	struct users users;	/* relay.users for it; fd -1: none is made */
	time_t now;
	enum map_status status;
	struct taken *taken;	/* who is blocked */
};

bool
rebuild_keeps(const struct authmap *am, const char *key,
    struct record *record, time_t now, bool *taken)
{
	*taken = false;
	if (config_excludes_key(&am->config, key))
		return false;
	record_cut(record, config_longest(&am->config));
	if (!record_settle(record, now))
		return false;
	if (!record_removed(record) && blocked(am, key, record->user, now)) {
		*taken = true;
		record->expires = 0;
		if (record->last < now)
			record->last = now;
	}
	return true;
}

/* The map is swept even if this cannot be done; the present one stays. */
static void
users_fail(struct copy *copy)
{
	const char *path = copy->am->files.users_next;

	log_say(&copy->am->log, LOG_ERR, "%s: cannot be written: %s", path,
	    strerror(errno));
	(void)file_drop(copy->am, path);
	users_close(&copy->users);
}

static void
users_note(struct copy *copy, const char *key, const struct record *old,
    const struct record *record)
{
	if (copy->users.fd != -1 && limit_gains(old, record, copy->now) &&
	    !((old == NULL || users_drop(&copy->users, old->user, key)) &&
	    users_add(&copy->users, record->user, key)))
		users_fail(copy);
}

/*
 * Stores what is to be of RECORD in the place of OLD (NULL: none); notes if
 * it was taken away.
 */
static enum map_status
put(struct copy *copy, const char *key, const struct record *old,
    const struct record *record)
{
	struct record kept = *record;
	bool taken;

	/* One that is over since: as such, not as it was copied. */
	if (!rebuild_keeps(copy->am, key, &kept, copy->now, &taken))
		return old == NULL ? MAP_OK : map_put(copy->to, key, record);
	users_note(copy, key, old, &kept);
	if (taken && copy->taken->lines != NULL) {
		struct change change = { .op = CHANGE_REMOVE,
		    .record = *record };
		char text[CHANGE_SIZE];

		(void)strlcpy(change.key, key, sizeof change.key);
		(void)change_encode(&change, text);
		(void)fputs(text, copy->taken->lines);
	}
	return map_put(copy->to, key, &kept);
}

/* The lines of TAKEN, to be read; NULL: there are none, or no memory. */
static FILE *
lines_of(const struct taken *taken)
{
	return taken->lines == NULL || fflush(taken->lines) == EOF ||
	    taken->len == 0 ? NULL : fmemopen(taken->text, taken->len, "r");
}

/* For other hosts, what is to be taken away from this one's map. */
static void
note_taken(const struct copy *copy, const struct writer *w)
{
	struct change change;
	FILE *in;

	if (w->feed == -1)
		return;
	in = lines_of(copy->taken);
	if (in == NULL && (copy->taken->lines == NULL || copy->taken->len > 0))
		feed_drop(copy->am);
	while (in != NULL && change_next(in, "-", &change, NULL)) {
		change.record.expires = 0;
		if (change.record.last < copy->now)
			change.record.last = copy->now;
		feed_note(copy->am, w->feed, &change, &change.record);
	}
	if (in != NULL)
		(void)fclose(in);
}

/* What was taken away is told when it is true: the map is published. */
static void
tell_taken(const struct authmap *am, const struct taken *taken, map_each *each,
    void *arg)
{
	FILE *in = lines_of(taken);
	struct change change;

	while (in != NULL && change_next(in, "-", &change, NULL)) {
		event_log(&am->log, LOG_INFO, "removed", change.key,
		    &change.record, "blocked");
		if (each != NULL)
			(void)each(change.key, &change.record, arg);
	}
	if (in != NULL)
		(void)fclose(in);
}

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

	if (record != NULL)
		copy->status = put(copy, key, NULL, record);
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
	/* Else another is at work that began before, and notes nothing. */
	if (changes != NULL && !writer_holds(&w)) {
		(void)fclose(changes);
		changes = NULL;
		changes_drop(am);
	}
	writer_end(&w);
	return changes;
}

static enum map_status
copy_valid(struct copy *copy)
{
	const struct authmap *am = copy->am;
	struct map *from;
	enum map_status status = map_open(&from, am->files.map, MAP_READ);

	copy->now = am->clock(NULL);
	if (status == MAP_OK)
		status = map_create(&copy->to, am, am->files.swept);
	if (status == MAP_OK)
		status = map_walk(from, copy_entry, copy, NULL);
	if (status == MAP_OK)
		status = copy->status;
	if (map_close(copy->to) != MAP_OK && status == MAP_OK)
		status = MAP_TROUBLE;
	copy->to = NULL;
	(void)map_close(from);
	return status;
}

/* Stores in the new map what the writers have noted since the last time. */
static enum map_status
catch_up(struct copy *copy, FILE *changes)
{
	struct change change;
	struct record old;
	enum map_status status = map_open(&copy->to, copy->am->files.swept,
	    MAP_WRITE);

	clearerr(changes);
	while (status == MAP_OK &&
	    change_next_until(changes, CHANGES_END, CHANGES_OPS, &change,
	    NULL, NEVER)) {
		status = map_get(copy->to, change.key, &old);
		if (status == MAP_OK || status == MAP_NONE)
			status = put(copy, change.key, status == MAP_OK ?
			    &old : NULL, &change.record);
	}
	if (status == MAP_OK && ferror(changes))
		status = map_fail(MAP_TROUBLE, "what was noted cannot be read");
	if (map_close(copy->to) != MAP_OK && status == MAP_OK)
		status = MAP_TROUBLE;
	copy->to = NULL;
	return status;
}

/*
 * Before the map for which it was made: of the present one it knows all that is
 * not over, too.
 */
static void
publish_users(struct copy *copy)
{
	if (copy->users.fd != -1 && (!users_end(&copy->users) ||
	    users_publish(copy->am, &copy->users,
	    copy->am->files.users_next) == -1))
		users_fail(copy);
}

static int
finish(struct copy *copy, FILE *changes)
{
	const struct authmap *am = copy->am;
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
		status = catch_up(copy, changes);
		/* relay.users is another's, too, if the lock is. */
		if (status == MAP_OK && writer_holds(&w)) {
			publish_users(copy);
			note_taken(copy, &w);
		}
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

/* The three steps.  Returns as rebuild(). */
static int
make_anew(const struct authmap *am, struct taken *taken)
{
	struct copy copy = { .am = am, .users = { .fd = -1 },
	    .status = MAP_OK, .taken = taken };
	FILE *changes = begin(am);
	enum map_status status;
	int result = -1;

	if (changes == NULL)
		return -1;
	if (limit_wanted(am) &&
	    !users_begin(am, &copy.users, am->files.users_next))
		users_fail(&copy);
	status = copy_valid(&copy);
	/* Most of it now, so that little is left to do under the lock. */
	if (status == MAP_OK && changes_complete(am, changes))
		status = catch_up(&copy, changes);
	if (status == MAP_OK)
		result = finish(&copy, changes);
	else
		log_say(&am->log, LOG_ERR, "%s: cannot be written: %s",
		    am->files.swept, map_error());
	if (result == -1) {
		changes_drop(am);
		(void)unlink(am->files.swept);
		(void)file_drop(am, am->files.users_next);
	}
	users_close(&copy.users);
	(void)fclose(changes);
	return result;
}

int
rebuild(const struct authmap *am, map_each *each, void *arg)
{
	struct taken taken = { NULL, NULL, 0 };
	int result;

	taken.lines = open_memstream(&taken.text, &taken.len);
	result = make_anew(am, &taken);
	if (result == 0)
		tell_taken(am, &taken, each, arg);
	if (taken.lines != NULL)
		(void)fclose(taken.lines);
	free(taken.text);
	return result;
}
