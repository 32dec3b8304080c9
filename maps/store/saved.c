#include "store/saved.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "store/blocklist.h"

#define RESTORE_MODE 0660

FILE *
state_open(const struct authmap *am)
{
	int fd = file_open(am->files.saved, O_RDONLY, 0);

	return fd == -1 ? NULL : file_stream(fd, "r");
}

static enum map_status
restore_one(struct limit *limit, struct map *map, struct change *change,
    time_t now)
{
	struct record result;

	change->op = CHANGE_RESTORE;
	if (blocks_weigh(limit->am, change, NULL, now, &result) <
	    CHANGE_TIMES ||
	    limit_weigh(limit, map, false, change, NULL, &result) ==
	    CHANGE_FULL)
		return MAP_NONE;
	return map_put(map, change->key, &result);
}

enum map_status
state_restore(const struct authmap *am, struct limit *limit, struct map *map,
    deadline end, unsigned int *restored)
{
	enum map_status status = MAP_OK;
	time_t now = am->clock(NULL);
	struct change change;
	FILE *in = state_open(am);

	if (in == NULL)
		return errno == ENOENT ? MAP_OK : MAP_LATE;
	while (status == MAP_OK &&
	    change_next_until(in, CHANGE_NO_END, STATE_OPS, &change, NULL,
	    end)) {
		status = restore_one(limit, map, &change, now);
		if (status == MAP_OK)
			++*restored;
		else if (status == MAP_NONE)
			status = MAP_OK;
		if (status == MAP_OK && deadline_over(end))
			status = MAP_LATE;
	}
	if (status == MAP_OK &&
	    (ferror(in) || (!feof(in) && deadline_over(end))))
		status = MAP_LATE;
	(void)fclose(in);
	return status;
}

bool
state_ask_restore(const struct authmap *am)
{
	int fd = file_claim(am, am->files.restore, O_WRONLY | O_CREAT,
	    RESTORE_MODE);
	int error = errno;

	if (fd != -1)
		(void)close(fd);
	if (fd != -1 || state_restore_due(am))
		return true;
	log_say(&am->log, LOG_ERR, "%s: cannot be made: %s",
	    am->files.restore, strerror(error));
	return false;
}

bool
state_restore_due(const struct authmap *am)
{
	struct stat st;

	return lstat(am->files.restore, &st) == 0;
}

void
state_restored(const struct authmap *am)
{
	(void)file_drop(am, am->files.restore);
}

FILE *
state_save_begin(const struct authmap *am)
{
	int fd = file_create(am, am->files.saving, STATE_MODE);

	return fd == -1 ? NULL : file_stream(fd, "w");
}

void
state_save_entry(FILE *out, const char *key, const struct record *record)
{
	struct change change = { .op = CHANGE_REFRESH, .record = *record };
	char text[CHANGE_SIZE];

	(void)strlcpy(change.key, key, sizeof change.key);
	(void)change_encode(&change, text);
	/* state_save_end() asks whether any of these failed. */
	(void)fputs(text + 1, out);
}

int
state_save_end(const struct authmap *am, FILE *out)
{
	return file_finish(am, out, am->files.saving, am->files.saved);
}

bool
state_still_saved(const struct authmap *am)
{
	return utimensat(AT_FDCWD, am->files.saved, NULL,
	    AT_SYMLINK_NOFOLLOW) == 0;
}
