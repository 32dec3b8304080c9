/* SPDX-License-Identifier: ISC */
#include "store/map-rebuild.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"

/* Return false for a record that is not an entry. */
static bool
keep(struct gdbmfile_record *found, void *arg)
{
	const struct map_rebuild *rebuild = arg;
	struct record record;

	if (!map_entry_decode(found, &record))
		return false;
	if (rebuild->keeps == NULL)
		return true;
	if (!rebuild->keeps(found->key, &record, rebuild->arg))
		return false;
	found->value_len = record_encode(&record, found->value);
	return true;
}

/* Return the status of the rebuild for STATUS of gdbmfile.  Damage is always in the
 * old file. */
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
map_rebuild_create(struct map_rebuild *rebuild, const struct authmap *am)
{
	memset(rebuild, 0, sizeof *rebuild);
	rebuild->am = am;
	rebuild->fd = file_create(am, am->files.next, am->config.map_mode);
	return rebuild->fd == -1 ? map_fail_errno() : MAP_OK;
}

enum map_status
map_rebuild_copy(struct map_rebuild *rebuild, struct map *from, map_keeps *keeps,
    void *arg)
{
	enum gdbmfile_status status = GDBMFILE_ERROR;
	const char *why = NULL;

	rebuild->from = from;
	rebuild->keeps = keeps;
	rebuild->arg = arg;
	rebuild->file = gdbmfile_rebuild_new(from != NULL ? &from->file :
	    NULL, rebuild->fd, keep, map_rank, rebuild, &status, &why);
	if (rebuild->file == NULL)
		return map_fail(MAP_ERROR, "no memory");
	if (status == GDBMFILE_OK)
		status = gdbmfile_rebuild_copy(rebuild->file, &why);
	return status_of(status, why);
}

/* Rename the new file to the map, if its name still leads to it. */
static enum map_status
rename_it(const struct map_rebuild *rebuild, struct map **made)
{
	const struct files *files = &rebuild->am->files;
	enum map_status status = map_open_locked(made, files->next,
	    deadline_in(0));

	if (status == MAP_ERROR)
		return status;
	/* A foreign file in its place does not mean that the published map is
	 * damaged. */
	if (status != MAP_OK)
		return map_fail(MAP_ERROR, "relay.gdbm.new was replaced "
		    "while it was made");
	if (!file_is(files->next, rebuild->fd) ||
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
map_rebuild_publish(struct map_rebuild *rebuild, struct map **map)
{
	const struct authmap *am = rebuild->am;
	const char *why = NULL;
	struct map *made = NULL;
	unsigned int evicted;
	enum gdbmfile_status finished = gdbmfile_rebuild_finish(rebuild->file,
	    &why);
	enum map_status status = status_of(finished, why);

	if (status == MAP_OK)
		status = rename_it(rebuild, &made);
	if (status != MAP_OK)
		return status;
	evicted = gdbmfile_rebuild_evicted(rebuild->file);
	if (evicted > 0)
		log_say(&am->log, LOG_WARNING, "%s: %u entries were removed: "
		    "too many addresses share their place", am->files.map,
		    evicted);
	map_close(*map);
	*map = made;
	(void)close(rebuild->fd);
	rebuild->fd = -1;
	return MAP_OK;
}

void
map_rebuild_end(struct map_rebuild *rebuild)
{
	gdbmfile_rebuild_free(rebuild->file);
	rebuild->file = NULL;
	if (rebuild->fd == -1)
		return;
	if (file_is(rebuild->am->files.next, rebuild->fd))
		(void)unlink(rebuild->am->files.next);
	(void)close(rebuild->fd);
	rebuild->fd = -1;
}

enum map_status
map_rebuild_mark(struct map *map)
{
	uint64_t number = ((uint64_t)arc4random() << 32 | arc4random()) | 1;

	if (!map_writable(map) ||
	    gdbmfile_rebuild_mark(&map->file, number) == GDBMFILE_OK)
		return MAP_OK;
	return map_fail(MAP_ERROR, map->file.why);
}

enum map_status
map_rebuild(const struct authmap *am, struct map **map, deadline end)
{
	struct map_rebuild rebuild;
	enum map_status status = map_rebuild_create(&rebuild, am);

	if (*map != NULL) {
		(*map)->file.end = end;
		/*
		 * No other process writes now.  Stamps are left from a sweep that
		 * did not finish; because of them, each bucket would be copied
		 * twice.
		 */
		(*map)->file.rebuild = 0;
	}
	if (status == MAP_OK)
		status = map_rebuild_copy(&rebuild, *map, NULL, NULL);
	if (status == MAP_OK)
		status = map_rebuild_publish(&rebuild, map);
	map_rebuild_end(&rebuild);
	if (*map != NULL)
		(*map)->file.end = DEADLINE_NEVER;
	return status;
}
