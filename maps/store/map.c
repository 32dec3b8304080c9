/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE		/* F_OFD_SETLK */

#include "store/map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define TIME_DIGITS 10		/* of EXPIRES, the first field of a record */

static _Thread_local char error_text[128];

const char *
map_error(void)
{
	return error_text;
}

enum map_status
map_fail(enum map_status status, const char *why)
{
	(void)strlcpy(error_text, why, sizeof error_text);
	return status;
}

enum map_status
map_fail_errno(void)
{
	return map_fail(MAP_ERROR, strerror(errno));
}

/* Return the map_status for STATUS of the file of MAP. */
static enum map_status
status_of(const struct map *map, enum gdbmfile_status status)
{
	static const enum map_status of[] = {
		[GDBMFILE_OK] = MAP_OK, [GDBMFILE_NOTFOUND] = MAP_NOTFOUND,
		[GDBMFILE_FULL] = MAP_FULL, [GDBMFILE_INVALID] = MAP_INVALID,
		[GDBMFILE_TIMEOUT] = MAP_TIMEOUT, [GDBMFILE_ERROR] = MAP_ERROR,
	};

	return status == GDBMFILE_OK ? MAP_OK :
	    map_fail(of[status], map->file.why);
}

/* Open PATH without reading it. */
static enum map_status
open_file(struct map **map, const char *path, enum map_mode mode)
{
	struct stat st;
	bool may_write = mode == MAP_WRITE;
	int fd = file_open_stat(path, may_write ? O_RDWR : O_RDONLY, 0, &st);

	*map = NULL;
	if (fd == -1 && errno == EACCES && may_write) {
		may_write = false;
		fd = file_open_stat(path, O_RDONLY, 0, &st);
	}
	if (fd == -1) {
		if (errno == ENOENT)
			return map_fail(MAP_NOTFOUND, "no such file");
		if (file_is_foreign(errno))
			return map_fail(MAP_INVALID, "not a regular file");
		return map_fail_errno();
	}
	*map = calloc(1, sizeof **map);
	if (*map == NULL) {
		(void)close(fd);
		return map_fail(MAP_ERROR, "no memory");
	}
	(*map)->fd = fd;
	(*map)->may_write = may_write;
	(*map)->as = st;
	return MAP_OK;
}

/* Read the header, if STATUS is MAP_OK; close *MAP if it fails. */
static enum map_status
read_header(struct map **map, enum map_status status)
{
	if (status == MAP_OK)
		status = status_of(*map, gdbmfile_open(&(*map)->file,
		    (*map)->fd));
	if (status != MAP_OK) {
		map_close(*map);
		*map = NULL;
	}
	return status;
}

enum map_status
map_open(struct map **map, const char *path, enum map_mode mode)
{
	return read_header(map, open_file(map, path, mode));
}

#ifdef F_OFD_SETLK
/*
 * Return whether a reader has locked MAP.  Readers of authmap take no lock, but any
 * local account may, if map_mode lets it read the map.  Then no writer holds the
 * lock.
 */
static bool
is_read_locked(const struct map *map)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(map->fd, F_OFD_GETLK, &whole) == 0 &&
	    whole.l_type == F_RDLCK;
}
#endif

/* Wait until END for the lock of the map itself. */
static enum map_status
lock_map(struct map *map, deadline end)
{
#ifdef F_OFD_SETLK
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	unsigned int pause = 0;

	/* A map that is open for reading only is rebuilt, not written. */
	while (map->may_write && fcntl(map->fd, F_OFD_SETLK, &whole) == -1) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return map_fail_errno();
		if (is_read_locked(map))
			break;
		if (deadline_passed(end))
			return map_fail(MAP_TIMEOUT, "another process holds "
			    "it");
		nap(&pause, end);
	}
#else
	(void)map;
	(void)end;
#endif
	return MAP_OK;
}

enum map_status
map_open_locked(struct map **map, const char *path, deadline end)
{
	enum map_status status = open_file(map, path, MAP_WRITE);

	if (status == MAP_OK)
		status = lock_map(*map, end);
	/* Read the header now, because the writer that held the lock may have
	 * changed it. */
	return read_header(map, status);
}

void
map_close(struct map *map)
{
	if (map == NULL)
		return;
	(void)close(map->fd);
	free(map);
}

bool
map_is_at(const struct map *map, const char *path)
{
	struct stat now;

	return lstat(path, &now) == 0 && now.st_ino == map->as.st_ino &&
	    now.st_dev == map->as.st_dev;
}

enum map_status
map_reopen(struct map **map, const char *path)
{
	struct stat now;

	/* The header of a map that is not restored is read again each time. */
	if (*map != NULL && map_is_restored(*map) && stat(path, &now) == 0 &&
	    now.st_ino == (*map)->as.st_ino &&
	    now.st_dev == (*map)->as.st_dev &&
	    now.st_size == (*map)->as.st_size)
		return MAP_OK;
	map_close(*map);
	return map_open(map, path, MAP_READ);
}

bool
map_writable(const struct map *map)
{
	return map->file.ours && map->may_write;
}

bool
map_is_foreign(const struct map *map)
{
	return !map->file.ours;
}

bool
map_is_restored(const struct map *map)
{
	/* A map of authmap 0.1 has all that was saved. */
	return !map->file.ours || map->file.restored == GDBMFILE_RESTORED;
}

enum map_status
map_restored(struct map *map)
{
	return status_of(map, gdbmfile_restored(&map->file,
	    GDBMFILE_RESTORED));
}

enum map_status
map_restore_begin(struct map *map, uint64_t *number)
{
	/* The number must be neither 0 nor GDBMFILE_RESTORED. */
	*number = ((uint64_t)arc4random() << 32 | arc4random()) | 2;
	return status_of(map, gdbmfile_restored(&map->file, *number));
}

bool
map_restores(const struct map *map, uint64_t number)
{
	return map->file.restored == number;
}

long long
map_entries(const struct map *map)
{
	return map->file.entries;
}

bool
map_wants_room(struct map *map)
{
	return gdbmfile_wants_room(&map->file);
}

enum map_status
map_get(struct map *map, const char *key, struct record *record)
{
	struct gdbmfile_record *found = &map->found;
	enum map_status status = status_of(map, gdbmfile_find(&map->file, key,
	    found));

	if (status != MAP_OK)
		found->key[0] = '\0';
	if (status == MAP_OK && !record_decode(found->value, found->value_len,
	    record))
		status = map_fail(MAP_NOTFOUND, "no record");
	return status;
}

int64_t
map_rank(const struct gdbmfile_record *record, void *unused)
{
	time_t expires;

	(void)unused;
	if (!record_decode_time(record->value, record->value_len, &expires))
		return GDBMFILE_FIRST;
	return expires == 0 ? GDBMFILE_NEVER : (int64_t)expires;
}

enum map_status
map_put(struct map *map, const char *key, const struct record *record,
    gdbmfile_rank *rank, void *arg, struct map_entry *evicted)
{
	struct gdbmfile_record *old = &map->found, gone = { .key = "" };
	bool known = strcmp(old->key, key) == 0;
	char text[RECORD_SIZE];
	size_t len = record_encode(record, text);
	enum map_status status;

	evicted->key[0] = '\0';
	status = status_of(map, known && old->value_len == len ?
	    gdbmfile_replace(&map->file, old, text, len) :
	    gdbmfile_put(&map->file, key, text, len, rank, arg, &gone));
	old->key[0] = '\0';
	if (status == MAP_FULL && gone.key_len > GDBMFILE_KEY_MAX)
		return map_fail(MAP_NOTFOUND, "too many removed addresses share a "
		    "place in the map");
	if (status != MAP_OK)
		return status;
	/* Make the old record expired, too, because a reader with an older state
	 * open must not grant a removed entry. */
	if (known && record_removed(record))
		(void)gdbmfile_zero(&map->file, old, TIME_DIGITS);
	if (gone.key[0] != '\0' && gone.key_len < AUTHMAP_ADDRESS_SIZE &&
	    record_decode(gone.value, gone.value_len, &evicted->record))
		(void)strlcpy(evicted->key, gone.key, sizeof evicted->key);
	return MAP_OK;
}

bool
map_entry_decode(const struct gdbmfile_record *found, struct record *record)
{
	return found->key_len < AUTHMAP_ADDRESS_SIZE &&
	    address_is_key(found->key) &&
	    record_decode(found->value, found->value_len, record);
}

/* Copy the key, and decode the record, if FOUND is an entry.  Otherwise return
 * false. */
static bool
entry_of(const struct gdbmfile_record *found, char key[AUTHMAP_ADDRESS_SIZE],
    struct record *record)
{
	if (!map_entry_decode(found, record))
		return false;
	(void)strlcpy(key, found->key, AUTHMAP_ADDRESS_SIZE);
	return true;
}

struct walk {
	map_each *each;
	void *arg;
};

static int
walk_one(const struct gdbmfile_record *found, void *arg)
{
	const struct walk *walk = arg;
	char key[AUTHMAP_ADDRESS_SIZE];
	struct record record;

	return entry_of(found, key, &record) ?
	    walk->each(key, &record, walk->arg) : 0;
}

enum map_status
map_walk(struct map *map, map_each *each, void *arg, int *stopped)
{
	struct walk walk = { each, arg };

	return status_of(map, gdbmfile_walk(&map->file, walk_one, &walk,
	    stopped));
}

enum map_status
map_next(struct map *map, struct gdbmfile_cursor *cursor,
    char key[AUTHMAP_ADDRESS_SIZE], struct record *record)
{
	struct gdbmfile_record found;
	enum map_status status;

	do
		status = status_of(map, gdbmfile_next(&map->file, cursor,
		    &found));
	while (status == MAP_OK && !entry_of(&found, key, record));
	return status;
}
