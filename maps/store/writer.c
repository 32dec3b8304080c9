/* SPDX-License-Identifier: ISC */
#include "store/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event.h"
#include "store/blocklist.h"
#include "store/feed.h"
#include "store/map-rebuild.h"

#define OPEN_TRIES 3		/* the map may be replaced while it is opened */

/* A login leaves a longer foreign file to the sweeper, which moves it aside if it
 * takes longer: any member of the group may put a huge one in place of the map.  A
 * map that authmap made, and whose mode was changed, has up to ten million
 * entries. */
#define TAKE_OVER_MAX_BYTES (64 * 1024 * 1024)
#define TAKE_OVER_FOREIGN_MS 5000
#define TAKE_OVER_OWN_MS 20000

void
writer_begin(struct writer *w, const struct authmap *am, int lock,
    deadline end)
{
	memset(w, 0, sizeof *w);
	w->am = am;
	w->lock = lock;
	w->feed = feed_open(am);
	w->end = end;
	w->now = am->clock(NULL);
	(void)blocks_renew(am);
	w->begun = monotonic_us();
}

void
writer_end(struct writer *w)
{
	const struct tally *done = &w->done;
	const struct warning *warning = &w->warning;
	bool say = false;

	map_close(w->map);
	feed_close(w->feed);
	if (done->grants > 0 || done->refreshes > 0 || done->publishes > 0 ||
	    warning->what != NULL)
		say = counters_add(w->lock, done, warning->what != NULL,
		    w->am->clock(NULL));
	lock_drop(w->lock);
	if (say)
		event_log(&w->am->log, LOG_WARNING, warning->what,
		    warning->entry.key, &warning->entry.record, warning->why);
}

/* ----- the published map --------------------------------------------------- */

/* Return whether this process may not read the map although map_mode lets the group
 * read it: then another process has put it there. */
static bool
closed_to_us(const struct authmap *am)
{
	return (am->config.map_mode & S_IRGRP) != 0 &&
	    faccessat(AT_FDCWD, am->files.map, R_OK, AT_EACCESS) == -1 &&
	    errno == EACCES;
}

/* Open the map and take its lock.  Try again if another file has replaced it before
 * the lock is taken. */
static enum map_status
open_locked(struct writer *w)
{
	const char *path = w->am->files.map;
	enum map_status status = MAP_ERROR;

	for (int i = 0; i < OPEN_TRIES; i++) {
		status = map_open_locked(&w->map, path, w->end);
		if (status == MAP_ERROR && closed_to_us(w->am))
			return map_fail(MAP_INVALID, "may not be read");
		if (status != MAP_OK || map_is_at(w->map, path))
			break;
		map_close(w->map);
		w->map = NULL;
		status = map_fail(MAP_ERROR, "is replaced repeatedly");
	}
	return status;
}

static enum map_status
rebuild(struct writer *w, deadline end)
{
	enum map_status status = map_rebuild(w->am, &w->map, end);

	if (status == MAP_OK) {
		w->done.publishes++;
		w->done.lock_held_us = monotonic_us() - w->begun;
	}
	return status;
}

/* Rebuild the map if it may not be written in place. */
static enum map_status
take_over(struct writer *w)
{
	bool foreign = map_is_foreign(w->map);
	enum map_status status;

	if (map_writable(w->map) &&
	    (w->map->as.st_mode & 0777) == w->am->config.map_mode)
		return MAP_OK;
	if (!w->is_sweeper) {
		if (foreign && w->map->as.st_size > TAKE_OVER_MAX_BYTES)
			return map_fail(MAP_TIMEOUT, "the sweeper has to take "
			    "over this large foreign map: see that it runs");
		return rebuild(w, w->end);
	}
	status = rebuild(w, deadline_in(foreign ? TAKE_OVER_FOREIGN_MS :
	    TAKE_OVER_OWN_MS));
	if (status == MAP_TIMEOUT)
		status = map_fail(MAP_INVALID, foreign ? "a map of another "
		    "program that cannot be taken over in 5 seconds" :
		    "cannot be rebuilt in 20 seconds");
	return status;
}

/* Make an empty map, into which the sweeper restores the saved state. */
static enum map_status
recreate(struct writer *w)
{
	enum map_status status;

	map_close(w->map);
	w->map = NULL;
	status = rebuild(w, w->end);
	if (status != MAP_OK)
		return status == MAP_INVALID ? MAP_ERROR : status;
	/* Other hosts may have more entries: reconcile the whole map with them. */
	feed_drop(w->am);
	if (w->feed != -1) {
		feed_close(w->feed);
		w->feed = feed_open(w->am);
	}
	log_say(&w->am->log, LOG_NOTICE, "%s: was made, empty: the sweeper "
	    "restores the saved state", w->am->files.map);
	return MAP_OK;
}

enum map_status
writer_replace(struct writer *w)
{
	map_close(w->map);
	w->map = NULL;
	if (file_move_aside(w->am, w->am->files.map, map_error()) == -1)
		return MAP_ERROR;
	return recreate(w);
}

enum map_status
writer_map(struct writer *w)
{
	enum map_status status;

	if (w->map != NULL)
		return MAP_OK;
	status = open_locked(w);
	if (status == MAP_OK && w->map != NULL)
		status = take_over(w);
	if (status == MAP_NOTFOUND)
		status = recreate(w);
	else if (status == MAP_INVALID)
		status = writer_replace(w);
	if (status == MAP_ERROR)
		log_say(&w->am->log, LOG_ERR, "%s: cannot be used: %s",
		    w->am->files.map, map_error());
	return status;
}

/* ----- changes ------------------------------------------------------------- */

static void
warn_refused(struct writer *w, const struct change *change,
    const struct record *result, const char *why)
{
	struct warning *warning = &w->warning;

	warning->what = "refused";
	(void)strlcpy(warning->entry.key, change->key,
	    sizeof warning->entry.key);
	warning->entry.record = *result;
	(void)strlcpy(warning->why, why, sizeof warning->why);
}

/* Return whether max_entries is reached, so that a new entry is refused. */
static bool
too_many(struct writer *w, const struct change *change,
    const struct record *result)
{
	unsigned int most = w->am->config.max_entries;
	char why[sizeof w->warning.why];

	if (most == 0 || map_entries(w->map) < most || record_removed(result))
		return false;
	(void)snprintf(why, sizeof why, "max_entries = %u is reached: see in "
	    "authmap list which user has so many, or raise the limit", most);
	warn_refused(w, change, result, why);
	return true;
}

static void
warn_evicted(struct writer *w, const struct map_entry *evicted)
{
	struct warning *warning = &w->warning;

	if (evicted->key[0] == '\0')
		return;
	warning->what = "removed";
	warning->entry = *evicted;
	(void)strlcpy(warning->why, "too many addresses share its place in the "
	    "map: see in authmap list which user has so many", sizeof warning->why);
}

/*
 * Rank FOUND as map_rank() does, but rank a tombstone first if its user or address
 * is blocked, or was within a day: blocks_resolve() refuses all changes that the
 * tombstone would refuse.
 */
static int64_t
rank_of(const struct gdbmfile_record *found, void *arg)
{
	const struct writer *w = arg;
	struct record record;
	int64_t rank = map_rank(found, NULL);

	if (rank == GDBMFILE_NEVER && map_entry_decode(found, &record) &&
	    blocked(w->am, found->key, record.user,
	    w->now - BLOCK_MEMORY_SECS))
		return GDBMFILE_FIRST;
	return rank;
}

static enum map_status
put(struct writer *w, const struct change *change,
    const struct record *result)
{
	struct map_entry evicted;
	enum map_status status;

	/* Note the change first: if this writer is killed, one note too many does no
	 * harm, but one too few would. */
	feed_note(w->am, w->feed, change, result);
	status = map_put(w->map, change->key, result, rank_of, w, &evicted);
	if (status == MAP_FULL) {
		status = rebuild(w, w->end);
		if (status == MAP_OK)
			status = map_put(w->map, change->key, result, rank_of,
			    w, &evicted);
		if (status == MAP_FULL)
			status = MAP_ERROR;
	}
	if (status == MAP_OK)
		warn_evicted(w, &evicted);
	return status;
}

/* Store CHANGE as writer_apply() does, but return MAP_INVALID if the map must be
 * replaced first. */
static enum map_status
apply(struct writer *w, const struct change *change,
    enum change_effect *effect, struct record *was)
{
	struct record old, result;
	enum map_status status = writer_map(w);
	const struct record *met;

	if (status != MAP_OK)
		return status;
	status = map_get(w->map, change->key, &old);
	if (status != MAP_OK && status != MAP_NOTFOUND)
		return status;
	met = status == MAP_OK ? &old : NULL;
	if (met != NULL)
		*was = old;
	/* The entry may have been removed; only the saved state says so. */
	if (met == NULL && (change->op == CHANGE_REFRESH || change->retried) &&
	    !map_is_restored(w->map)) {
		*effect = EFFECT_EARLY;
		return MAP_OK;
	}
	*effect = blocks_resolve(w->am, change, met, w->now, &result);
	if (*effect == EFFECT_STORE && met == NULL &&
	    too_many(w, change, &result))
		*effect = EFFECT_FULL;
	status = *effect >= EFFECT_TIMES ? put(w, change, &result) : MAP_OK;
	if (status == MAP_NOTFOUND) {
		warn_refused(w, change, &result, "too many removed addresses "
		    "share its place in the map: they are forgotten a day after "
		    "they were last in use");
		*effect = EFFECT_FULL;
		status = MAP_OK;
	}
	if (status == MAP_OK)
		tally_change(&w->done, change, *effect, met, w->now);
	return status;
}

enum map_status
writer_apply(struct writer *w, const struct change *change,
    enum change_effect *effect, struct record *was)
{
	enum change_effect own_effect = EFFECT_NOTHING;
	struct record own_was = { .service = "" };
	enum map_status status;

	if (w->am->blocks->trouble[0] != '\0') {
		log_say(&w->am->log, LOG_ERR, "%s", w->am->blocks->trouble);
		return map_fail(MAP_ERROR, "the block list cannot be read");
	}
	status = apply(w, change, &own_effect, &own_was);
	if (status == MAP_INVALID) {
		status = writer_replace(w);
		if (status == MAP_OK)
			status = apply(w, change, &own_effect, &own_was);
		if (status == MAP_INVALID)
			status = MAP_ERROR;
	}
	if (status == MAP_ERROR)
		log_say(&w->am->log, LOG_ERR, "%s: cannot be written: %s",
		    w->am->files.map, map_error());
	if (effect != NULL)
		*effect = own_effect;
	if (was != NULL)
		*was = own_was;
	return status;
}

/* Store up to MOST changes of IN.  If RESTORES is set, they are those of a saved
 * state. */
static enum map_status
apply_lines(struct writer *w, FILE *in, const char *ops, bool restores,
    unsigned int most, unsigned int *refused, bool *more)
{
	enum map_status status = MAP_OK;
	struct change change;

	*more = true;
	for (unsigned int i = 0; status == MAP_OK && i < most; i++) {
		enum change_effect effect = EFFECT_NOTHING;

		if (!change_next(in, ops, &change, NULL)) {
			*more = false;
			break;
		}
		if (restores)
			change.op = CHANGE_RESTORE;
		status = writer_apply(w, &change, &effect, NULL);
		if (refused != NULL && effect == EFFECT_FULL)
			++*refused;
	}
	if (status == MAP_OK && ferror(in))
		status = map_fail(MAP_ERROR, "the entries to be stored cannot "
		    "be read");
	return status;
}

enum map_status
writer_apply_file(struct writer *w, FILE *in, const char *ops,
    unsigned int most, unsigned int *refused, bool *more)
{
	return apply_lines(w, in, ops, false, most, refused, more);
}

enum map_status
writer_restore(struct writer *w, FILE *in, unsigned int most, bool *more)
{
	return apply_lines(w, in, SAVED_OPS, true, most, NULL, more);
}
