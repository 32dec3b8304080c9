/* SPDX-License-Identifier: ISC */
#include "sweeper/prepare.h"

#include <errno.h>
#include <stdio.h>
#include <syslog.h>

#include "sweeper/leftovers.h"
#include "store/blocklist.h"
#include "store/counters.h"
#include "store/saved.h"
#include "store/writer.h"
#include "sweeper/sweep-lock.h"

/* ----- restoring ----------------------------------------------------------- */

/*
 * Restore the next entries of IN, which is NULL if there is no saved state.  Store
 * in *MORE whether IN may have more.  *NUMBER identifies the restore, and is 0 at
 * first: a map that was lost meanwhile does not have it, and lacks the entries
 * restored so far, so the next sweep begins again.
 */
static enum map_status
restore_some(const struct authmap *am, FILE *in, uint64_t *number, bool *more)
{
	enum map_status status;
	struct writer w;

	if (!sweep_lock(am, &w))
		return MAP_TIMEOUT;
	*more = false;
	status = writer_map(&w);
	if (status == MAP_OK && *number == 0)
		status = map_restore_begin(w.map, number);
	if (status == MAP_OK && in != NULL && map_restores(w.map, *number))
		status = writer_restore(&w, in, SWEEP_BATCH_ENTRIES, more);
	if (status == MAP_OK && !map_restores(w.map, *number))
		status = map_fail(MAP_TIMEOUT, "the map was lost meanwhile");
	if (status == MAP_OK && !*more)
		status = map_restored(w.map);
	writer_end(&w);
	return status;
}

/* Open the saved state.  Return NULL if there is none, with *STATUS MAP_OK, or if
 * it cannot be opened. */
static FILE *
open_saved(const struct authmap *am, enum map_status *status)
{
	FILE *in = saved_open(am);

	*status = MAP_OK;
	if (in != NULL || errno == ENOENT)
		return in;
	if (!file_is_foreign_to(am->files.saved, am->config.state_dir,
	    SAVED_MODE, errno))
		*status = map_fail_errno();
	else if (file_move_aside(am, am->files.saved, "is a foreign file") == -1)
		*status = map_fail(MAP_ERROR, "is in the way");
	return NULL;
}

static enum map_status
restore(const struct authmap *am)
{
	enum map_status status;
	FILE *in = open_saved(am, &status);
	uint64_t number = 0;
	bool more = true;

	while (status == MAP_OK && more)
		status = restore_some(am, in, &number, &more);
	if (in != NULL)
		(void)fclose(in);
	if (status != MAP_OK)
		log_say(&am->log, LOG_ERR, "%s: cannot be restored yet: %s",
		    am->files.saved, map_error());
	return status;
}

/* ----- before the pass ------------------------------------------------------ */

int
sweep_prepare(const struct authmap *am)
{
	bool restored = false;
	struct writer w;
	enum map_status status;

	/* A filled folder must not keep logins waiting for the lock. */
	file_remove_stale(am);
	if (!sweep_lock(am, &w))
		return -1;
	if (am->blocks->trouble[0] != '\0') {
		log_say(&am->log, LOG_ERR, "%s", am->blocks->trouble);
		writer_end(&w);
		return -1;
	}
	/* This process holds both locks, so a killed process has left it. */
	(void)file_remove(am, am->files.next);
	leftovers_drop(am);
	counters_prepare(am);
	status = writer_map(&w);
	if (status == MAP_OK)
		restored = w.map != NULL && map_is_restored(w.map);
	writer_end(&w);
	if (status == MAP_TIMEOUT)
		log_say(&am->log, LOG_ERR, "%s: not swept: %s", am->files.map,
		    map_error());
	if (status != MAP_OK)
		return -1;
	if (!restored || leftovers_need_restore(am)) {
		status = restore(am);
		if (status == MAP_OK)
			leftovers_restored(am);
		/* Otherwise the sweep would overwrite the saved state. */
		else if (restored)
			return -1;
	}
	/* Until the map is restored, apply() in writer.c does not store a refresh or
	 * a retried login from an unknown address. */
	if (status == MAP_OK)
		leftovers_store(am);
	return 0;
}
