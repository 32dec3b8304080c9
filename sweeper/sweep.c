/* SPDX-License-Identifier: ISC */
/*
 * One pass:
 *
 * 1. with the writers' lock: make sure that there is a map, and restore the saved
 *    state into a new one, some entries at a time;
 * 2. without the lock: walk the map, and save it;
 * 3. if an entry must be removed or changed, or there is too little room: rebuild
 *    the map, mostly without the lock (map-rebuild.h).
 */
#include "sweeper/sweep.h"

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
#include "store/saved.h"
#include "store/writer.h"
#include "sweeper/judge.h"
#include "sweeper/prepare.h"
#include "sweeper/repair.h"
#include "sweeper/revoked.h"
#include "sweeper/sweep-lock.h"
#include "sweeper/user-limit.h"

#define BEAT_MODE 0660
#define UNCHANGED_SECS 600	/* for which an unchanged map is not walked */

/* The state of one pass. */
struct scan {
	const struct authmap *am;
	time_t now;
	FILE *save;		/* the next relay.saved; NULL: do not save */
	struct user_limit limit;
	struct revoked *revoked;	/* removed because they are blocked */
	unsigned int entries;
	unsigned int expired;
	bool changed;		/* a record must be changed, or a tombstone go */
	time_t next_end;
};

/* ----- walking the map ----------------------------------------------------- */

/*
 * Decide whether the entry KEY stays in the map, and change RECORD to what it is to
 * be.  Return false if it does not stay.  Set *IS_BLOCKED if a block makes it a
 * tombstone.
 */
static bool
keeps(struct scan *scan, const char *key, struct record *record,
    bool *is_blocked)
{
	/* Not scan->now, when the sweep began.  Since then, a block may have ended,
	 * and a login followed.  And a login more than a minute after scan->now
	 * would count as from the future. */
	time_t now = scan->am->clock(NULL);

	*is_blocked = false;
	if (config_excludes_key(&scan->am->config, key))
		return false;
	record_cut(record, config_longest(&scan->am->config));
	if (!record_sweep(record, now) ||
	    user_limit_drops(&scan->limit, key, record))
		return false;
	if (!record_removed(record) &&
	    blocked(scan->am, key, record->user, now)) {
		*is_blocked = true;
		record->expires = 0;
		if (record->last < now)
			record->last = now;
	}
	return true;
}

static int
scan_entry(const char *key, const struct record *record, void *arg)
{
	struct scan *scan = arg;
	struct record kept = *record;
	bool is_blocked;

	if (!keeps(scan, key, &kept, &is_blocked)) {
		if (record_removed(record))
			scan->changed = true;
		else
			scan->expired++;
		return 0;
	}
	if (is_blocked || kept.last != record->last ||
	    kept.expires != record->expires)
		scan->changed = true;
	if (!record_removed(&kept)) {
		scan->entries++;
		user_limit_count(&scan->limit, &kept);
		if (scan->next_end == 0 || kept.expires < scan->next_end)
			scan->next_end = kept.expires;
	}
	if (scan->save != NULL)
		saved_add(scan->save, key, &kept);
	return 0;
}

/* Walk MAP.  Save it on the way, unless a part of the saved state is not restored
 * yet. */
static enum map_status
scan_and_save(struct scan *scan, struct map *map, struct sweep_report *report)
{
	const struct authmap *am = scan->am;
	enum map_status status;
	int error = 0;

	if (map_is_restored(map)) {
		scan->save = saved_begin(am);
		if (scan->save == NULL)
			error = errno;
	}
	status = map_walk(map, scan_entry, scan, NULL);
	if (scan->save != NULL && status != MAP_OK) {
		(void)fclose(scan->save);
		(void)unlink(am->files.saving);
	} else if (scan->save != NULL &&
	    saved_end(am, scan->save) == -1)
		error = errno;
	report->saved = scan->save != NULL && status == MAP_OK && error == 0;
	report->unsaved = status == MAP_OK && !report->saved;
	scan->save = NULL;
	if (error != 0)
		log_say(&am->log, LOG_ERR, "%s: cannot be saved: %s",
		    am->files.saved, strerror(error));
	return status;
}

/* ----- the rebuild --------------------------------------------------------- */

/* Decide as keeps() does, and note in scan->revoked what a block removes. */
static bool
make_entry(const char *key, struct record *record, void *arg)
{
	struct scan *scan = arg;
	struct record old = *record;
	bool is_blocked, kept = keeps(scan, key, record, &is_blocked);

	/* The block may have been lifted before the login of this entry. */
	if (is_blocked && blocks_renew(scan->am) == 0) {
		*record = old;
		kept = keeps(scan, key, record, &is_blocked);
	}
	if (kept && is_blocked)
		revoked_add(scan->revoked, key, &old);
	return kept;
}

/*
 * Take the lock, and begin with W, if MAP is still the published map.  If a writer
 * has replaced MAP, return MAP_TIMEOUT: the next sweep is for the new map.
 */
static enum map_status
lock_published(const struct authmap *am, const struct map *map,
    struct writer *w)
{
	enum map_status status;

	if (!sweep_lock(am, w))
		return MAP_TIMEOUT;
	status = writer_map(w);
	if (status == MAP_OK && !file_is(am->files.map, map->fd))
		status = map_fail(MAP_TIMEOUT, "was replaced during a sweep");
	if (status != MAP_OK)
		writer_end(w);
	return status;
}

/* Take the lock, and publish the new map made from MAP. */
static enum map_status
finish(struct scan *scan, struct map_rebuild *rebuild, struct map *map)
{
	const struct authmap *am = scan->am;
	struct writer w;
	enum map_status status = lock_published(am, map, &w);

	if (status != MAP_OK)
		return status;
	/* Any member of the group may have marked each bucket as changed. */
	map->file.end = w.end;
	revoked_feed(scan->revoked, am, w.feed, w.now);
	status = map_rebuild_publish(rebuild, &w.map);
	if (status == MAP_OK) {
		w.done.publishes++;
		w.done.lock_held_us = monotonic_us() - w.begun;
	}
	writer_end(&w);
	return status;
}

/* Take the lock, tell writers to mark what they change in MAP from now on, and
 * create the file that will replace it. */
static enum map_status
mark(const struct authmap *am, const struct map *map, struct map_rebuild *rebuild)
{
	struct writer w;
	enum map_status status = lock_published(am, map, &w);

	if (status != MAP_OK)
		return status;
	status = map_rebuild_mark(w.map);
	if (status == MAP_OK)
		status = map_rebuild_create(rebuild, am);
	writer_end(&w);
	return status;
}

/* Ask libgdbm about the new file before it is published.  Return MAP_OK also if
 * authmap-judge cannot be run. */
static enum map_status
judge_new(const struct map_rebuild *rebuild)
{
	const struct authmap *am = rebuild->am;
	char said[JUDGE_WHY] = "", why[JUDGE_WHY + 64];
	struct map *made;
	enum map_status status = map_open(&made, am->files.next, MAP_READ);
	enum judgement judged = JUDGE_NO;

	if (status == MAP_OK && file_is(am->files.next, rebuild->fd))
		judged = judge(made, said);
	else
		(void)strlcpy(said, "it was replaced", sizeof said);
	map_close(made);
	if (judged == JUDGE_NONE && said[0] != '\0')
		log_say(&am->log, LOG_WARNING, "%s: published without "
		    "libgdbm's check: %s", am->files.map, said);
	if (judged != JUDGE_NO)
		return MAP_OK;
	(void)snprintf(why, sizeof why, "libgdbm cannot read the new file: %s",
	    said);
	return map_fail(MAP_ERROR, why);
}

static enum map_status
rebuild_map(struct scan *scan, struct map *map)
{
	const struct authmap *am = scan->am;
	struct map_rebuild rebuild = { .am = am, .fd = -1 };
	struct map *from = NULL;
	enum map_status status = mark(am, map, &rebuild);

	/* Its header now has the number with which writers mark buckets. */
	if (status == MAP_OK)
		status = map_open(&from, am->files.map, MAP_READ);
	if (status == MAP_OK)
		status = map_rebuild_copy(&rebuild, from, make_entry, scan);
	if (status == MAP_OK)
		status = judge_new(&rebuild);
	if (status == MAP_OK)
		status = finish(scan, &rebuild, from);
	map_rebuild_end(&rebuild);
	map_close(from);
	return status;
}

/* ----- the pass ------------------------------------------------------------ */

/* Return whether nothing was written since the last pass, and nothing has expired.
 * Most writes through a mapping change no time of a file on a tmpfs, so the map is
 * walked at times in any case. */
static bool
unchanged(const struct authmap *am, const struct sweep *sweep,
    const struct stat *map, time_t now)
{
	return sweep->blocks == am->blocks->version &&
	    map->st_ino == sweep->scanned.st_ino &&
	    map->st_dev == sweep->scanned.st_dev &&
	    map->st_mtim.tv_sec == sweep->scanned.st_mtim.tv_sec &&
	    map->st_mtim.tv_nsec == sweep->scanned.st_mtim.tv_nsec &&
	    /* The owner may set the modification time back. */
	    map->st_ctim.tv_sec == sweep->scanned.st_ctim.tv_sec &&
	    map->st_ctim.tv_nsec == sweep->scanned.st_ctim.tv_nsec &&
	    /* Two writes of one clock tick leave the same time. */
	    map->st_mtim.tv_sec < sweep->scanned_at - 1 &&
	    now >= sweep->scanned_at &&
	    now < sweep->scanned_at + UNCHANGED_SECS &&
	    (sweep->next_end == 0 || now < sweep->next_end);
}

static void
remember(struct sweep *sweep, const struct scan *scan, const struct map *map,
    bool whole)
{
	memset(&sweep->scanned, 0, sizeof sweep->scanned);
	sweep->scanned_at = sweep->next_end = 0;
	sweep->entries = scan->entries;
	if (!whole)
		return;
	sweep->scanned = map->as;
	sweep->scanned_at = scan->now;
	sweep->next_end = scan->next_end;
	sweep->blocks = scan->am->blocks->version;
}

static enum map_status
sweep_map(struct scan *scan, struct map *map, struct sweep *sweep,
    struct sweep_report *report)
{
	enum map_status status = scan_and_save(scan, map, report);

	if (status == MAP_OK)
		status = user_limit_choose(&scan->limit, map);
	if (status != MAP_OK)
		return status;
	report->entries = scan->entries;
	remember(sweep, scan, map, report->saved);
	if (scan->expired == 0 && !scan->changed && scan->limit.count == 0 &&
	    !map_wants_room(map))
		return MAP_OK;
	status = rebuild_map(scan, map);
	if (status != MAP_OK) {
		remember(sweep, scan, map, false);
		return status;
	}
	report->expired = scan->expired;
	report->entries -= (unsigned int)scan->limit.count;
	sweep->entries = report->entries;
	revoked_log(scan->revoked, scan->am, sweep->each_revoked, sweep->arg);
	return MAP_OK;
}

static enum map_status
sweep_alone(const struct authmap *am, struct sweep *sweep,
    struct sweep_report *report)
{
	struct scan scan = { .am = am, .now = am->clock(NULL) };
	struct revoked revoked;
	struct map *map;
	enum map_status status = map_open(&map, am->files.map, MAP_READ);

	report->entries = sweep->entries;
	/* sweep_prepare() has left a map in our format. */
	if (status == MAP_OK && map_is_foreign(map))
		status = map_fail(MAP_TIMEOUT, "was replaced during a sweep");
	if (status == MAP_OK && (!unchanged(am, sweep, &map->as, scan.now) ||
	    saved_confirm(am) == -1)) {
		revoked_begin(&revoked);
		scan.revoked = &revoked;
		user_limit_begin(&scan.limit, am, scan.now);
		status = sweep_map(&scan, map, sweep, report);
		user_limit_free(&scan.limit);
		revoked_end(&revoked);
	}
	map_close(map);
	return status;
}

int
sweep_run(const struct authmap *am, struct sweep *sweep,
    struct sweep_report *report)
{
	enum map_status status;
	int alone = lock_named(am, am->files.beat, BEAT_MODE,
	    deadline_in(SWEEP_LOCK_MS));

	memset(report, 0, sizeof *report);
	if (alone == -1) {
		log_say(&am->log, LOG_ERR, "%s: %s", am->files.beat,
		    errno == EWOULDBLOCK ? "another sweep is at work: not swept"
		    : strerror(errno));
		return -1;
	}
	for (bool again = false;; again = true) {
		if (sweep_prepare(am) == -1) {
			(void)close(alone);
			return -1;
		}
		status = sweep_alone(am, sweep, report);
		if (status != MAP_INVALID || again)
			break;
		status = sweep_repair(am);
		if (status != MAP_OK)
			break;
	}
	if (status != MAP_OK)
		log_say(&am->log, LOG_ERR, "%s: not swept: %s", am->files.map,
		    map_error());
	/* The modification time of relay.beat is that of the last sweep. */
	if (status == MAP_OK)
		(void)futimens(alone, NULL);
	(void)close(alone);
	return status == MAP_OK ? 0 : -1;
}
