#include "sweeper/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "store/blocklist.h"
#include "store/journal.h"
#include "store/commit.h"
#include "sweeper/rebuild.h"
#include "store/saved.h"

#define BEAT_MODE 0660

/* What walking the map tells. */
struct scan {
	const struct authmap *am;
	time_t now;
	FILE *save;		/* NULL: not to be saved */
	unsigned int entries;
	unsigned int dropped;
	bool dated;		/* entries from the future, since the clock was
				   set back, or longer than any window */
	bool blocked;		/* entries that are to be taken away */
	time_t next_end;
};

/*
 * Brings back the saved state.  What is none of ours is set aside, so that the
 * next one can be saved; what cannot be read now may be the next time.
 */
static enum map_status
restore(struct writer *w)
{
	enum map_status status = MAP_OK;
	FILE *in = state_open(w->am);

	if (in != NULL) {
		status = writer_restore(w, in);
		(void)fclose(in);
	} else if (file_is_anothers(w->am->files.saved,
	    w->am->config.state_dir, STATE_MODE, errno)) {
		(void)file_set_aside(w->am, w->am->files.saved, "is no file of "
		    "ours");
	} else if (errno != ENOENT)
		status = MAP_TROUBLE;
	if (status == MAP_OK)
		state_restored(w->am);
	else
		log_say(&w->am->log, LOG_ERR, "%s: cannot be restored yet",
		    w->am->files.saved);
	return status;
}

/* Stores what waits; makes sure that there is a map. */
static int
settle(const struct authmap *am)
{
	struct writer w;
	enum map_status status;

	if (sweep_lock(am, &w) == -1)
		return -1;
	/* Of a sweeper that was killed: there is no other at work. */
	changes_drop(am);
	(void)file_drop(am, am->files.swept);
	(void)file_drop(am, am->files.users_next);
	/* Of a writer that was killed: we have the lock. */
	(void)file_drop(am, am->files.fresh);
	/* Without a limit nobody adds to it. */
	if (!limit_wanted(am))
		(void)file_drop(am, am->files.users);
	file_clear_up(am, am->files.pending);
	file_clear_up(am, am->files.lock);
	file_clear_up(am, am->files.beat);
	file_clear_up(am, am->files.restore);
	file_clear_up(am, am->files.blocks_lock);
	counts_prepare(am);
	status = writer_commit(&w, NULL, NULL, NULL);
	if (status == MAP_OK && state_restore_due(am))
		(void)restore(&w);
	writer_end(&w);
	return status == MAP_OK ? 0 : -1;
}

static int
scan_entry(const char *key, const struct record *record, void *arg)
{
	struct scan *scan = arg;
	struct record kept;
	bool keep = false, taken = false;

	if (record != NULL) {
		kept = *record;
		keep = rebuild_keeps(scan->am, key, &kept, scan->now, &taken);
	}
	if (!keep) {
		scan->dropped++;
		return 0;
	}
	if (taken)
		scan->blocked = true;
	else if (kept.last != record->last ||
	    kept.expires != record->expires)
		scan->dated = true;
	if (!record_removed(&kept)) {
		scan->entries++;
		if (scan->next_end == 0 || kept.expires < scan->next_end)
			scan->next_end = kept.expires;
	}
	if (scan->save != NULL)
		state_save_entry(scan->save, key, &kept);
	return 0;
}

static enum map_status
scan_map(const struct authmap *am, struct scan *scan)
{
	struct map *map;
	enum map_status status = map_open(&map, am->files.map, MAP_READ);

	if (status != MAP_OK)
		return status;
	status = map_walk(map, scan_entry, scan, NULL);
	(void)map_close(map);
	return status;
}

/* Walks the map and saves it on the way, as REPORT says. */
static enum map_status
scan_and_save(const struct authmap *am, struct scan *scan,
    struct sweep_report *report)
{
	enum map_status status;
	int error = 0;

	/* The present state is not yet the whole of it. */
	if (state_restore_due(am)) {
		report->unsaved = true;
		return scan_map(am, scan);
	}
	scan->save = state_save_begin(am);
	if (scan->save == NULL)
		error = errno;
	status = scan_map(am, scan);
	/* Nor if the map was lost and begun anew meanwhile. */
	if (scan->save != NULL &&
	    (status != MAP_OK || state_restore_due(am))) {
		(void)fclose(scan->save);
		(void)unlink(am->files.saving);
		report->unsaved = status == MAP_OK;
		return status;
	}
	if (scan->save != NULL && state_save_end(am, scan->save) == -1)
		error = errno;
	report->saved = error == 0;
	report->unsaved = error != 0;
	if (error != 0)
		log_say(&am->log, LOG_ERR, "%s: cannot be saved: %s",
		    am->files.saved, strerror(error));
	return status;
}

/* Under the lock, since a writer may have mended it meanwhile. */
static int
repair(const struct authmap *am)
{
	struct scan scan = { .am = am, .now = am->clock(NULL) };
	struct writer w;
	enum map_status status;

	if (sweep_lock(am, &w) == -1)
		return -1;
	status = scan_map(am, &scan);
	if (status == MAP_OK) {
		log_say(&am->log, LOG_NOTICE, "%s: seemed damaged, and is not: "
		    "it is swept the next time", am->files.map);
		status = MAP_LATE;
	}
	if (status == MAP_BROKEN)
		status = file_set_aside(am, am->files.map, map_error()) == 0 ?
		    writer_commit(&w, NULL, NULL, NULL) : MAP_TROUBLE;
	writer_end(&w);
	return status == MAP_OK ? 0 : -1;
}

/* Nothing was written since, and nothing is over yet? */
static bool
unchanged(const struct authmap *am, const struct sweep *sweep,
    const struct stat *map, time_t now)
{
	return sweep->blocks == am->blocks->version &&
	    limit_knows(am, sweep->entries) &&
	    map->st_ino == sweep->scanned.st_ino &&
	    map->st_dev == sweep->scanned.st_dev &&
	    map->st_mtim.tv_sec == sweep->scanned.st_mtim.tv_sec &&
	    map->st_mtim.tv_nsec == sweep->scanned.st_mtim.tv_nsec &&
	    /* A write of the same tick would not show. */
	    map->st_mtim.tv_sec < sweep->scanned_at - 1 &&
	    now >= sweep->scanned_at &&
	    (sweep->next_end == 0 || now < sweep->next_end);
}

/*
 * The sweepers' own lock: one of them at a time.  The file's time of change
 * tells when the map was last swept.  Returns a descriptor, or -1.
 */
static int
beat_begin(const struct authmap *am)
{
	int fd = lock_named(am, am->files.beat, BEAT_MODE,
	    deadline_in(LOCK_PATIENCE));

	if (fd == -1)
		log_say(&am->log, LOG_ERR, "%s: %s", am->files.beat,
		    errno == EWOULDBLOCK ? "another sweep is at work: not swept"
		    : strerror(errno));
	return fd;
}

static void
beat_end(int fd, bool swept)
{
	if (swept)
		(void)futimens(fd, NULL);
	(void)close(fd);
}

/* The next pass looks at everything. */
static void
forget(struct sweep *sweep)
{
	memset(&sweep->scanned, 0, sizeof sweep->scanned);
	sweep->scanned_at = sweep->next_end = 0;
	sweep->entries = 0;
}

/* Walks the map, saves it, and makes it anew if that is called for. */
static int
sweep_map(const struct authmap *am, struct sweep *sweep,
    const struct stat *map, struct sweep_report *report)
{
	struct scan scan = { .am = am, .now = am->clock(NULL) };
	enum map_status status = scan_and_save(am, &scan, report);

	forget(sweep);
	if (status == MAP_BROKEN)
		return repair(am);
	if (status != MAP_OK) {
		log_say(&am->log, LOG_ERR, "%s: cannot be read: %s",
		    am->files.map, map_error());
		return -1;
	}
	sweep->entries = report->entries = scan.entries;
	if (report->saved) {
		sweep->scanned = *map;
		sweep->scanned_at = scan.now;
		sweep->next_end = scan.next_end;
		sweep->blocks = am->blocks->version;
	}
	if (scan.dropped == 0 && !scan.dated && !scan.blocked &&
	    limit_knows(am, scan.entries))
		return 0;
	if (rebuild(am, sweep->taken, sweep->arg) == 0) {
		report->dropped = scan.dropped;
		return 0;
	}
	forget(sweep);
	return -1;
}

static int
sweep_alone(const struct authmap *am, struct sweep *sweep,
    struct sweep_report *report)
{
	struct stat map;

	if (settle(am) == -1)
		return -1;
	if (stat(am->files.map, &map) == -1) {
		log_say(&am->log, LOG_ERR, "%s: %s", am->files.map,
		    strerror(errno));
		return -1;
	}
	report->entries = sweep->entries;
	if (unchanged(am, sweep, &map, am->clock(NULL)) &&
	    state_still_saved(am))
		return 0;
	return sweep_map(am, sweep, &map, report);
}

int
sweep_pass(const struct authmap *am, struct sweep *sweep,
    struct sweep_report *report)
{
	int result, alone = beat_begin(am);

	memset(report, 0, sizeof *report);
	if (alone == -1)
		return -1;
	result = sweep_alone(am, sweep, report);
	beat_end(alone, result == 0);
	return result;
}
