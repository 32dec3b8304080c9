/* SPDX-License-Identifier: ISC */
#include "sweep-lock.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"

#define MAP_PATIENCE_MS 30000	/* for the map's own lock, or to take it over */

bool
sweep_lock(const struct authmap *am, struct writer *w)
{
	int lock = lock_wait(am, deadline_in(SWEEP_LOCK_MS));

	if (lock != -1) {
		writer_begin(w, am, lock, deadline_in(MAP_PATIENCE_MS));
		return true;
	}
	log_say(&am->log, LOG_ERR, "%s: %s", am->files.lock,
	    errno == EWOULDBLOCK ? "another process holds it: not swept" :
	    strerror(errno));
	return false;
}
