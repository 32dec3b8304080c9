#include "store/map.h"

#include <errno.h>
#include <fcntl.h>
#include <gdbm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/map-copy.h"

/* The smallest page of memory that there is. */
#define PAGE 4096

struct map {
	GDBM_FILE db;
	int fd;			/* db's */
	const char *path;
	struct stat as;		/* the file, when it was opened */
	time_t opened;
	enum map_mode mode;
	bool written;
	off_t value_at;		/* what map_get() found last; 0: unknown */
	int value_len;
};

static _Thread_local char error_text[128];

/* Whether a map to be kept is mapped. */
static int kept_flag = GDBM_NOMMAP;

void
map_mapping(void)
{
	kept_flag = 0;
}

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
	return map_fail(MAP_TROUBLE, strerror(errno));
}

/* What gdbm's last error says of the file. */
static enum map_status
fail_gdbm(void)
{
	gdbm_error code = gdbm_errno;
	int saved = errno;

	/* The system's fault, or the file's. */
	if (code == GDBM_MALLOC_ERROR)
		return map_fail(MAP_TROUBLE, "no memory");
	if (!gdbm_check_syserr(code))
		return map_fail(MAP_BROKEN, gdbm_strerror(code));
	(void)snprintf(error_text, sizeof error_text, "%s: %s",
	    gdbm_strerror(code), strerror(saved));
	return MAP_TROUBLE;
}

/* Likewise, of MAP's. */
static enum map_status
fail_map(const struct map *map)
{
	/* Of what we have written, it kept an earlier failure to itself. */
	if (map->written && gdbm_errno == GDBM_NEED_RECOVERY)
		return map_fail(MAP_TROUBLE, "not all of it was written");
	return fail_gdbm();
}

/* Takes over FD. */
static enum map_status
map_use(struct map **map, int fd, const char *path, int flags)
{
	struct map *made = calloc(1, sizeof *made);

	if (made == NULL) {
		(void)close(fd);
		return map_fail(MAP_TROUBLE, "no memory");
	}
	made->db = gdbm_fd_open(fd, path, 0, flags | GDBM_NOLOCK |
	    GDBM_CLOEXEC | GDBM_CLOERROR, NULL);
	if (made->db == NULL) {
		enum map_status status = fail_gdbm();

		free(made);
		return status;
	}
	made->fd = fd;
	made->path = path;
	*map = made;
	return MAP_OK;
}

enum map_status
map_open(struct map **map, const char *path, enum map_mode mode)
{
	struct stat st;
	enum map_status status;
	bool writes = mode == MAP_LIVE || mode == MAP_WRITE;
	int fd = file_open_stat(path, writes ? O_RDWR : O_RDONLY, 0, &st);

	/* One that may not be overwritten may still be replaced. */
	if (fd == -1 && errno == EACCES && mode == MAP_LIVE)
		fd = file_open_stat(path, O_RDONLY, 0, &st);
	*map = NULL;
	if (fd == -1) {
		if (errno == ENOENT)
			return map_fail(MAP_NONE, "no such file");
		if (file_is_foreign(errno))
			return map_fail(MAP_BROKEN, "no plain file");
		return map_fail_errno();
	}
	if (st.st_size == 0) {
		(void)close(fd);
		return map_fail(MAP_BROKEN, "an empty file");
	}
	status = map_use(map, fd, path,
	    (mode == MAP_WRITE ? GDBM_WRITER : GDBM_READER) |
	    (mode == MAP_KEPT ? kept_flag : GDBM_NOMMAP));
	if (*map == NULL)
		return status;
	(*map)->mode = mode;
	(*map)->as = st;
	(*map)->opened = time(NULL);
	status = map_check_length(fd, &st);
	if (status != MAP_OK) {
		(void)map_close(*map);
		*map = NULL;
	}
	return status;
}

enum map_status
map_create(struct map **map, const struct authmap *am, const char *path)
{
	int fd = file_create(am, path, am->config.map_mode);

	*map = NULL;
	return fd == -1 ? map_fail_errno() :
	    map_use(map, fd, path, GDBM_NEWDB | GDBM_NOMMAP);
}

enum map_status
map_close(struct map *map)
{
	enum map_status status = MAP_OK;

	if (map == NULL)
		return MAP_OK;
	/* Something was not written, whatever gdbm says of the close. */
	if (map->written && gdbm_needs_recovery(map->db))
		status = map_fail(MAP_TROUBLE, "not all of it was written");
	if (gdbm_close(map->db) != 0)
		status = fail_gdbm();
	free(map);
	return status;
}

static datum
datum_of(const char *text, size_t len)
{
	union { const char *in; char *out; } const_away = { text };

	return (datum){ const_away.out, (int)len };
}

/* Opens MAP's file anew, which forgets what gdbm has cached. */
static enum map_status
renew(struct map *map)
{
	struct map *fresh;
	enum map_status status = map_open(&fresh, map->path, map->mode);

	if (fresh == NULL)
		return status == MAP_NONE ? MAP_TROUBLE : status;
	(void)gdbm_close(map->db);
	*map = *fresh;
	free(fresh);
	return MAP_OK;
}

/* Is MAP not what PATH names now, or was it opened in an earlier second?  A
 * value that was read while somebody overwrote it may be wrong; it is then
 * believed for a second, not for ever. */
static bool
outdated(const struct map *map)
{
	struct stat now;

	return stat(map->path, &now) == -1 || now.st_ino != map->as.st_ino ||
	    now.st_dev != map->as.st_dev || now.st_size != map->as.st_size ||
	    time(NULL) != map->opened;
}

enum map_status
map_keep(struct map **map, const char *path)
{
	if (*map != NULL && !outdated(*map))
		return MAP_OK;
	(void)map_close(*map);
	return map_open(map, path, MAP_KEPT);
}

/* Where in the file is the value that gdbm has just fetched?  Reading it was
 * the last thing that gdbm did, unless it had it in its cache: then the file's
 * position has not moved from the 0 to which it was set before. */
static void
find_value(struct map *map, int value_len)
{
	off_t end = lseek(map->fd, 0, SEEK_CUR);

	map->value_at = end > value_len ? end - value_len : 0;
	map->value_len = value_len;
}

static enum map_status
fetch(struct map *map, datum key, datum *value)
{
	bool live = map->mode == MAP_LIVE;

	map->value_at = 0;
	if (live && lseek(map->fd, 0, SEEK_SET) != 0)
		return map_fail_errno();
	*value = gdbm_fetch(map->db, key);
	if (value->dptr == NULL)
		return gdbm_errno == GDBM_ITEM_NOT_FOUND ?
		    map_fail(MAP_NONE, "no such key") : fail_map(map);
	if (live)
		find_value(map, value->dsize);
	return MAP_OK;
}

static enum map_status
fetch_record(struct map *map, datum key, struct record *record, bool *parsed)
{
	datum value = { .dptr = NULL };
	enum map_status status = fetch(map, key, &value);

	if (status != MAP_OK)
		return status;
	*parsed = record_decode(value.dptr, (size_t)value.dsize, record);
	free(value.dptr);
	return MAP_OK;
}

/* In gdbm's cache there may be what others have overwritten since, which a
 * writer must not believe, or half of what was just being written. */
static bool
doubtful(const struct map *map, bool parsed)
{
	return map->mode == MAP_LIVE ? map->value_at == 0 :
	    map->mode == MAP_KEPT && !parsed;
}

enum map_status
map_get(struct map *map, const char *key, struct record *record)
{
	datum wanted = datum_of(key, strlen(key));
	bool parsed;
	enum map_status status = fetch_record(map, wanted, record, &parsed);

	if (status == MAP_OK && doubtful(map, parsed)) {
		status = renew(map);
		if (status == MAP_OK)
			status = fetch_record(map, wanted, record, &parsed);
	}
	return status == MAP_OK && !parsed ?
	    map_fail(MAP_NONE, "no record") : status;
}

enum map_status
map_put(struct map *map, const char *key, const struct record *record)
{
	char text[RECORD_SIZE];
	size_t len = record_encode(record, text);

	map->written = true;
	if (gdbm_store(map->db, datum_of(key, strlen(key)),
	    datum_of(text, len), GDBM_REPLACE) != 0)
		return fail_map(map);
	return MAP_OK;
}

enum map_status
map_touch(struct map *map, const char *key, const struct record *record)
{
	char text[AUTHMAP_ADDRESS_SIZE + RECORD_SIZE], present[sizeof text];
	size_t key_len = strlcpy(text, key, AUTHMAP_ADDRESS_SIZE);
	size_t value_len = record_encode(record, text + key_len);
	size_t len = key_len + value_len;
	size_t rest = key_len + RECORD_TIMES;
	off_t at = map->value_at - (off_t)key_len;

	/* Believed only if the key and the rest of the record stand there.  A
	 * write over the edge of a page may be seen, or end, in the middle. */
	if (map->value_at / PAGE != (map->value_at + RECORD_TIMES - 1) / PAGE ||
	    map->mode != MAP_LIVE || map->value_at == 0 || at < 0 ||
	    map->value_len != (int)value_len ||
	    pread(map->fd, present, len, at) != (ssize_t)len ||
	    memcmp(present, text, key_len) != 0 ||
	    memcmp(present + rest, text + rest, len - rest) != 0)
		return map_fail(MAP_NONE, "not where it was thought to be");
	if (pwrite(map->fd, text + key_len, RECORD_TIMES, map->value_at) ==
	    RECORD_TIMES)
		return MAP_OK;
	return errno == EBADF ? map_fail(MAP_NONE, "may only be read") :
	    map_fail_errno();
}

/* A key of the map as text; false for one that we never wrote. */
static bool
key_text(datum key, char text[AUTHMAP_ADDRESS_SIZE])
{
	if (key.dsize <= 0 || key.dsize >= AUTHMAP_ADDRESS_SIZE ||
	    memchr(key.dptr, '\0', (size_t)key.dsize) != NULL)
		return false;
	memcpy(text, key.dptr, (size_t)key.dsize);
	text[key.dsize] = '\0';
	return address_is_key(text);
}

/* A foreign key is shown as no record, under the name "?". */
static enum map_status
walk_one(struct map *map, datum key, map_each *each, void *arg, int *stopped)
{
	char text[AUTHMAP_ADDRESS_SIZE];
	struct record record;
	enum map_status status = MAP_NONE;

	if (key_text(key, text))
		status = map_get(map, text, &record);
	else
		(void)strlcpy(text, "?", sizeof text);
	if (status == MAP_OK || status == MAP_NONE)
		*stopped = each(text, status == MAP_OK ? &record : NULL, arg);
	return status == MAP_NONE ? MAP_OK : status;
}

/* Goes on to the next key, from none to the first; the old one is freed. */
static enum map_status
step(struct map *map, datum *key)
{
	char *old = key->dptr;

	*key = old == NULL ? gdbm_firstkey(map->db) :
	    gdbm_nextkey(map->db, *key);
	free(old);
	if (key->dptr != NULL)
		return MAP_OK;
	return gdbm_errno == GDBM_ITEM_NOT_FOUND ?
	    map_fail(MAP_NONE, "no more keys") : fail_gdbm();
}

enum map_status
map_walk(struct map *map, map_each *each, void *arg, int *stopped)
{
	datum key = { NULL, 0 };
	enum map_status status = MAP_OK;
	int result = 0;

	while (status == MAP_OK && result == 0 &&
	    (status = step(map, &key)) == MAP_OK)
		status = walk_one(map, key, each, arg, &result);
	free(key.dptr);
	if (stopped != NULL)
		*stopped = result;
	return status == MAP_NONE ? MAP_OK : status;
}

enum map_status
map_next(struct map *map, char key[AUTHMAP_ADDRESS_SIZE],
    struct record *record)
{
	datum at = { key[0] == '\0' ? NULL : strdup(key), (int)strlen(key) };
	enum map_status status;

	if (key[0] != '\0' && at.dptr == NULL)
		return map_fail(MAP_TROUBLE, "no memory");
	while ((status = step(map, &at)) == MAP_OK)
		if (key_text(at, key) && map_get(map, key, record) == MAP_OK)
			break;
	free(at.dptr);
	return status;
}
