/* SPDX-License-Identifier: ISC */
/*
 * One pass:
 *
 * 1. with the writers' lock: make sure that there is a map, and restore what was
 *    saved into a new one, some entries at a time;
 * 2. without it: walk the map, and save it;
 * 3. if something is to go, or room is wanted: make the map anew without what is
 *    to go, mostly without the lock (map-make.h).
 */
#include "sweeper/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/blocklist.h"
#include "base/event.h"
#include "store/feed.h"
#include "store/map-make.h"
#include "store/saved.h"
#include "judge.h"
#include "prepare.h"
#include "sweep-lock.h"
#include "revoked.h"
#include "user-limit.h"
#include "store/writer.h"

#define BEAT_MODE 0660

/* What walking the map tells, and what is to be made of it. */
struct scan {
	const struct authmap *am;
	time_t now;
	FILE *save;		/* NULL: not to be saved */
	struct user_limit limit;
	struct revoked *revoked;	/* entries that are removed since blocked */
	unsigned int entries;
	unsigned int expired;
	bool changed;		/* an entry is to go, or to be another */
	time_t next_end;
};

/* ----- walking the map ----------------------------------------------------- */

/*
 * Decide what the map is to have for KEY in place of RECORD: false, nothing;
 * true, what is left in RECORD.  *BLOCKED: it was removed since it is blocked.
 */
static bool
keeps(struct scan *scan, const char *key, struct record *record,
    bool *is_blocked)
{
	*is_blocked = false;
	if (config_excludes_key(&scan->am->config, key))
		return false;
	record_cut(record, config_longest(&scan->am->config));
	if (!record_sweep(record, scan->now) ||
	    user_limit_drops(&scan->limit, key, record))
		return false;
	if (!record_removed(record) &&
	    blocked(scan->am, key, record->user, scan->now)) {
		*is_blocked = true;
		record->expires = 0;
		if (record->last < scan->now)
			record->last = scan->now;
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

/* Walk MAP, and save it on the way if all that was saved is in it. */
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

/* ----- making it anew ------------------------------------------------------ */

/* For making_copy(): as keeps(), and note what is removed. */
static bool
make_entry(const char *key, struct record *record, void *arg)
{
	struct scan *scan = arg;
	struct record old = *record;
	bool is_blocked, kept = keeps(scan, key, record, &is_blocked);

	if (kept && is_blocked)
		revoked_add(scan->revoked, key, &old);
	return kept;
}

/*
 * Take the lock, and begin with W, if MAP is still the published map.  Otherwise a
 * writer has replaced it meanwhile, and the next sweep is for the new one.
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
		status = map_fail(MAP_TIMEOUT, "was made anew during a sweep");
	if (status != MAP_OK)
		writer_end(w);
	return status;
}

/* With the lock held: publish what was made of MAP. */
static enum map_status
finish(struct scan *scan, struct making *making, const struct map *map)
{
	const struct authmap *am = scan->am;
	struct writer w;
	enum map_status status = lock_published(am, map, &w);

	if (status != MAP_OK)
		return status;
	revoked_feed(scan->revoked, am, w.feed, scan->now);
	status = making_publish(making, &w.map);
	if (status == MAP_OK) {
		w.done.publishes++;
		w.done.took = monotonic_us() - w.begun;
	}
	writer_end(&w);
	return status;
}

/* With the lock held: let writers mark what they change in MAP, and create the
 * file that takes its place. */
static enum map_status
mark(const struct authmap *am, const struct map *map, struct making *making)
{
	struct writer w;
	enum map_status status = lock_published(am, map, &w);

	if (status != MAP_OK)
		return status;
	status = map_mark(w.map);
	if (status == MAP_OK)
		status = making_create(making, am);
	writer_end(&w);
	return status;
}

/* Ask libgdbm about the new file, before it is published.  A new file that nobody
 * can judge is published all the same. */
static enum map_status
judge_new(const struct making *making)
{
	const struct authmap *am = making->am;
	char said[JUDGE_WHY] = "", why[JUDGE_WHY + 64];
	struct map *made;
	enum map_status status = map_open(&made, am->files.next, MAP_READ);
	enum judgement judged = JUDGE_NO;

	if (status == MAP_OK && file_is(am->files.next, making->fd))
		judged = judge(made, said);
	else
		(void)strlcpy(said, "it was replaced", sizeof said);
	map_close(made);
	if (judged == JUDGE_NONE && said[0] != '\0')
		log_say(&am->log, LOG_WARNING, "%s: published without libgdbm's "
		    "judgement: %s", am->files.map, said);
	if (judged != JUDGE_NO)
		return MAP_OK;
	(void)snprintf(why, sizeof why, "libgdbm does not read the new file: %s",
	    said);
	return map_fail(MAP_ERROR, why);
}

static enum map_status
rebuild_map(struct scan *scan, struct map *map)
{
	const struct authmap *am = scan->am;
	struct making making = { .am = am, .fd = -1 };
	struct map *from = NULL;
	enum map_status status = mark(am, map, &making);

	/* Opened anew: its header tells which mark the writers set. */
	if (status == MAP_OK)
		status = map_open(&from, am->files.map, MAP_READ);
	if (status == MAP_OK)
		status = making_copy(&making, from, make_entry, scan);
	if (status == MAP_OK)
		status = judge_new(&making);
	if (status == MAP_OK)
		status = finish(scan, &making, from);
	making_end(&making);
	map_close(from);
	return status;
}

/* ----- the pass ------------------------------------------------------------ */

/* Is nothing written since the last pass, and nothing expired? */
static bool
unchanged(const struct authmap *am, const struct sweep *sweep,
    const struct stat *map, time_t now)
{
	return sweep->blocks == am->blocks->version &&
	    map->st_ino == sweep->scanned.st_ino &&
	    map->st_dev == sweep->scanned.st_dev &&
	    map->st_mtim.tv_sec == sweep->scanned.st_mtim.tv_sec &&
	    map->st_mtim.tv_nsec == sweep->scanned.st_mtim.tv_nsec &&
	    /* A write of the same tick would not show. */
	    map->st_mtim.tv_sec < sweep->scanned_at - 1 &&
	    now >= sweep->scanned_at &&
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

/* Under the lock, a map that seemed broken is replaced if it is. */
static enum map_status
repair(const struct authmap *am)
{
	struct scan scan = { .am = am, .now = am->clock(NULL) };
	enum map_status status;
	struct writer w;

	if (!sweep_lock(am, &w))
		return MAP_TIMEOUT;
	status = writer_map(&w);
	if (status == MAP_OK) {
		user_limit_begin(&scan.limit, am, scan.now);
		status = map_walk(w.map, scan_entry, &scan, NULL);
		user_limit_free(&scan.limit);
		if (status == MAP_INVALID)
			status = writer_replace(&w);
	}
	writer_end(&w);
	return status;
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
	if (status == MAP_OK && (!unchanged(am, sweep, &map->as, scan.now) ||
	    !saved_confirm(am))) {
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
	if (sweep_prepare(am) == -1) {
		(void)close(alone);
		return -1;
	}
	status = sweep_alone(am, sweep, report);
	if (status == MAP_INVALID)
		status = repair(am);
	if (status != MAP_OK)
		log_say(&am->log, LOG_ERR, "%s: not swept: %s", am->files.map,
		    map_error());
	/* Its time of change tells when the map was last swept. */
	if (status == MAP_OK)
		(void)futimens(alone, NULL);
	(void)close(alone);
	return status == MAP_OK ? 0 : -1;
}
