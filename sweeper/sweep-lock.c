/* SPDX-License-Identifier: ISC */
#include "sweeper/sweep-lock.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"

#define MAP_PATIENCE_MS 30000	/* for the map's own lock, or to make room */

bool
sweep_lock(const struct authmap *am, struct writer *w)
{
	int lock = lock_wait(am, deadline_in(SWEEP_LOCK_MS));

	if (lock != -1) {
		writer_begin(w, am, lock, deadline_in(MAP_PATIENCE_MS));
		w->is_sweeper = true;
		return true;
	}
	if (errno == EWOULDBLOCK)
		log_say(&am->log, LOG_ERR, "%s: another process holds it: not "
		    "swept", am->files.lock);
	else
		log_say(&am->log, LOG_ERR, "%s: cannot be opened: %s: not "
		    "swept", am->files.lock, strerror(errno));
	return false;
}
