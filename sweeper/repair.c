/* SPDX-License-Identifier: ISC */
#include "sweeper/repair.h"

#include "base/clock.h"
#include "store/map-rebuild.h"
#include "store/writer.h"
#include "sweeper/sweep-lock.h"

static int
nothing(const char *key, const struct record *record, void *arg)
{
	(void)key;
	(void)record;
	(void)arg;
	return 0;
}

/* Walk the map, which finds records that overlap, and make it again. */
static enum map_status
make_again(struct writer *w)
{
	enum map_status status;

	w->map->file.end = w->end;
	status = map_walk(w->map, nothing, NULL, NULL);
	w->map->file.end = DEADLINE_NEVER;
	if (status == MAP_OK)
		status = map_rebuild(w->am, &w->map, w->end);
	if (status == MAP_OK) {
		w->done.publishes++;
		w->done.lock_held_us = monotonic_us() - w->begun;
	}
	return status;
}

enum map_status
sweep_repair(const struct authmap *am)
{
	enum map_status status;
	struct writer w;

	if (!sweep_lock(am, &w))
		return MAP_TIMEOUT;
	status = writer_map(&w);
	if (status == MAP_OK) {
		status = make_again(&w);
		if (status == MAP_INVALID || status == MAP_TIMEOUT)
			status = writer_replace(&w);
	}
	writer_end(&w);
	return status;
}
