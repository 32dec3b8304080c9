/* SPDX-License-Identifier: ISC */
#include "store/map-make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"

/* Leave out what is no entry of ours. */
static bool
keep(struct gdbmfile_record *found, void *arg)
{
	const struct making *making = arg;
	struct record record;

	if (!map_entry_decode(found, &record))
		return false;
	if (making->keeps == NULL)
		return true;
	if (!making->keeps(found->key, &record, making->arg))
		return false;
	found->value_len = record_encode(&record, found->value);
	return true;
}

/* What STATUS comes to; damage of the old file is the old file's. */
static enum map_status
status_of(enum gdbmfile_status status, const char *why)
{
	if (status == GDBMFILE_OK)
		return MAP_OK;
	return map_fail(status == GDBMFILE_INVALID ? MAP_INVALID :
	    status == GDBMFILE_TIMEOUT ? MAP_TIMEOUT : MAP_ERROR,
	    why != NULL ? why : "no memory");
}

enum map_status
making_create(struct making *making, const struct authmap *am)
{
	memset(making, 0, sizeof *making);
	making->am = am;
	making->fd = file_create(am, am->files.next, am->config.map_mode);
	return making->fd == -1 ? map_fail_errno() : MAP_OK;
}

enum map_status
making_copy(struct making *making, struct map *from, map_keeps *keeps,
    void *arg)
{
	enum gdbmfile_status status = GDBMFILE_ERROR;
	const char *why = NULL;

	making->from = from;
	making->keeps = keeps;
	making->arg = arg;
	making->rebuild = gdbmfile_rebuild_new(from != NULL ? &from->file :
	    NULL, making->fd, keep, map_rank, making, &status, &why);
	if (making->rebuild == NULL)
		return map_fail(MAP_ERROR, "no memory");
	if (status == GDBMFILE_OK)
		status = gdbmfile_rebuild_copy(making->rebuild, &why);
	return status_of(status, why);
}

/* Give it the map's name, if it is still the file of its own name. */
static enum map_status
rename_it(const struct making *making, struct map **made)
{
	const struct files *files = &making->am->files;
	enum map_status status = map_open_locked(made, files->next,
	    deadline_in(0));

	if (status == MAP_ERROR)
		return status;
	/* Whatever stands there instead, the published map is not at fault. */
	if (status != MAP_OK)
		return map_fail(MAP_ERROR, "relay.gdbm.new was replaced "
		    "while it was made");
	if (!file_is(files->next, making->fd) ||
	    !file_is(files->next, (*made)->fd))
		status = map_fail(MAP_ERROR, "relay.gdbm.new was replaced "
		    "while it was made");
	if (status == MAP_OK && rename(files->next, files->map) == -1)
		status = map_fail_errno();
	if (status == MAP_OK)
		return MAP_OK;
	map_close(*made);
	*made = NULL;
	return status;
}

enum map_status
making_publish(struct making *making, struct map **map)
{
	const struct authmap *am = making->am;
	const char *why = NULL;
	struct map *made = NULL;
	unsigned int evicted;
	enum map_status status = status_of(gdbmfile_rebuild_finish(
	    making->rebuild, &why), why);

	if (status == MAP_OK)
		status = rename_it(making, &made);
	if (status != MAP_OK)
		return status;
	evicted = gdbmfile_rebuild_evicted(making->rebuild);
	if (evicted > 0)
		log_say(&am->log, LOG_WARNING, "%s: %u entries were removed: "
		    "too many addresses share their place", am->files.map,
		    evicted);
	map_close(*map);
	*map = made;
	(void)close(making->fd);
	making->fd = -1;
	return MAP_OK;
}

void
making_end(struct making *making)
{
	gdbmfile_rebuild_free(making->rebuild);
	making->rebuild = NULL;
	if (making->fd == -1)
		return;
	if (file_is(making->am->files.next, making->fd))
		(void)unlink(making->am->files.next);
	(void)close(making->fd);
	making->fd = -1;
}

enum map_status
map_mark(struct map *map)
{
	uint64_t number = ((uint64_t)arc4random() << 32 | arc4random()) | 1;

	if (!map_writable(map) ||
	    gdbmfile_rebuild_mark(&map->file, number) == GDBMFILE_OK)
		return MAP_OK;
	return map_fail(MAP_ERROR, map->file.why);
}

enum map_status
map_remake(const struct authmap *am, struct map **map, deadline end)
{
	struct making making;
	enum map_status status = making_create(&making, am);

	if (*map != NULL) {
		(*map)->file.end = end;
		/* Nobody else writes meanwhile: stamps are of a sweep that ended
		 * early, and each bucket would be copied twice for them. */
		(*map)->file.rebuild = 0;
	}
	if (status == MAP_OK)
		status = making_copy(&making, *map, NULL, NULL);
	if (status == MAP_OK)
		status = making_publish(&making, map);
	making_end(&making);
	if (*map != NULL)
		(*map)->file.end = NEVER;
	return status;
}
