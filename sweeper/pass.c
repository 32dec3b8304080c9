#include "pass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "changes.h"
#include "commit.h"
#include "rebuild.h"
#include "state.h"

/* What walking the map tells. */
struct scan {
	time_t now;
	FILE *save;		/* NULL: not to be saved */
	unsigned int entries;
	unsigned int dropped;
	bool dated;		/* entries from the future: the clock went back */
	time_t next_end;
};

static enum map_status
restore(struct writer *w)
{
	enum map_status status;
	FILE *in = state_open(w->am);

	if (in == NULL && errno != ENOENT) {
		log_say(&w->am->log, LOG_ERR, "%s: cannot be restored: %s",
		    w->am->files.saved, strerror(errno));
		return MAP_TROUBLE;
	}
	status = in != NULL ? writer_commit_file(w, in) : MAP_OK;
	if (in != NULL)
		(void)fclose(in);
	if (status == MAP_OK)
		state_restored(w->am);
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
	/* Of a sweeper that was killed; one that is at work begins anew. */
	changes_drop(am);
	(void)unlink(am->files.swept);
	status = writer_commit(&w, NULL, NULL, NULL);
	if (status == MAP_OK && state_restore_due(am))
		status = restore(&w);
	writer_end(&w);
	return status == MAP_OK ? 0 : -1;
}

static int
scan_entry(const char *key, const struct record *record, void *arg)
{
	struct scan *scan = arg;
	struct record kept;

	if (record == NULL || !(kept = *record, record_settle(&kept, scan->now))) {
		scan->dropped++;
		return 0;
	}
	if (kept.last != record->last)
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

/* Walks the map and saves it on the way. */
static enum map_status
scan_and_save(const struct authmap *am, struct scan *scan, bool *saved)
{
	enum map_status status;
	int error = 0;

	scan->save = state_save_begin(am);
	if (scan->save == NULL)
		error = errno;
	status = scan_map(am, scan);
	if (scan->save != NULL && status != MAP_OK) {
		(void)fclose(scan->save);
		(void)unlink(am->files.saving);
		return status;
	}
	if (scan->save != NULL && state_save_end(am, scan->save) == -1)
		error = errno;
	*saved = error == 0;
	if (error != 0)
		log_say(&am->log, LOG_ERR, "%s: cannot be saved: %s",
		    am->files.saved, strerror(error));
	return status;
}

/* Under the lock, since a writer may have mended it meanwhile. */
static int
repair(const struct authmap *am)
{
	struct scan scan = { .now = am->clock(NULL) };
	struct writer w;
	enum map_status status;

	if (sweep_lock(am, &w) == -1)
		return -1;
	status = scan_map(am, &scan);
	if (status == MAP_BROKEN)
		status = file_set_aside(am, am->files.map, map_error()) == 0 ?
		    writer_commit(&w, NULL, NULL, NULL) : MAP_TROUBLE;
	writer_end(&w);
	return status == MAP_OK ? 0 : -1;
}

/* Nothing was written since, and nothing is over yet? */
static bool
unchanged(const struct sweep *sweep, const struct stat *map, time_t now)
{
	return map->st_ino == sweep->scanned.st_ino &&
	    map->st_dev == sweep->scanned.st_dev &&
	    map->st_mtim.tv_sec == sweep->scanned.st_mtim.tv_sec &&
	    map->st_mtim.tv_nsec == sweep->scanned.st_mtim.tv_nsec &&
	    /* A write of the same tick would not show. */
	    map->st_mtim.tv_sec < sweep->scanned_at - 1 &&
	    now >= sweep->scanned_at &&
	    (sweep->next_end == 0 || now < sweep->next_end);
}

/* Its time of change tells when the map was last swept. */
static void
beat(const struct authmap *am)
{
	int fd = file_open(am->files.beat, O_WRONLY | O_CREAT, 0664);

	if (fd == -1)
		return;
	(void)futimens(fd, NULL);
	(void)close(fd);
}

/* Walks the map, saves it, and makes it anew if that is called for. */
static int
sweep_map(const struct authmap *am, struct sweep *sweep,
    const struct stat *map, struct sweep_report *report)
{
	struct scan scan = { .now = am->clock(NULL) };
	enum map_status status = scan_and_save(am, &scan, &report->saved);

	memset(sweep, 0, sizeof *sweep);
	if (status == MAP_BROKEN)
		return repair(am);
	if (status != MAP_OK) {
		log_say(&am->log, LOG_ERR, "%s: cannot be read: %s",
		    am->files.map, map_error());
		return -1;
	}
	sweep->scanned = *map;
	sweep->scanned_at = scan.now;
	sweep->next_end = scan.next_end;
	sweep->entries = report->entries = scan.entries;
	if (scan.dropped == 0 && !scan.dated)
		return report->saved ? 0 : -1;
	report->dropped = scan.dropped;
	return rebuild(am) == 0 && report->saved ? 0 : -1;
}

int
sweep_pass(const struct authmap *am, struct sweep *sweep,
    struct sweep_report *report)
{
	struct stat map;
	int result = 0;

	memset(report, 0, sizeof *report);
	if (settle(am) == -1)
		return -1;
	if (stat(am->files.map, &map) == -1) {
		log_say(&am->log, LOG_ERR, "%s: %s", am->files.map,
		    strerror(errno));
		return -1;
	}
	report->entries = sweep->entries;
	if (!unchanged(sweep, &map, am->clock(NULL)))
		result = sweep_map(am, sweep, &map, report);
	beat(am);
	return result;
}
