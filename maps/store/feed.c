/* SPDX-License-Identifier: ISC */
#include "store/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FEED_MODE 0660

int
feed_open(const struct authmap *am)
{
	int fd;

	if (am->config.cluster.count == 0)
		return -1;
	fd = file_open(am->files.feed, O_WRONLY | O_APPEND, 0);
	/* A foreign file is replaced. */
	if (fd == -1 && errno != ENOENT)
		feed_drop(am);
	/* The feed is made even while authmap-cluster does not run, because the map
	 * does not say which entries are logins. */
	if (fd == -1)
		fd = file_create(am, am->files.feed, FEED_MODE);
	return fd;
}

void
feed_close(int fd)
{
	if (fd != -1)
		(void)close(fd);
}

void
feed_note(const struct authmap *am, int fd, const struct change *change,
    const struct record *record)
{
	struct change note = *change;
	char text[CHANGE_SIZE];
	struct stat st;
	size_t len;

	/*
	 * Do not replicate a refresh of a removed entry, or a removal from the saved
	 * state: to other hosts the removal would seem newer than a login in the
	 * meantime.
	 */
	if (fd == -1 || ((change->op == CHANGE_REFRESH ||
	    change->op == CHANGE_RESTORE) && record_removed(record)))
		return;
	note.op = change->op == CHANGE_LOGIN ? CHANGE_LOGIN : CHANGE_REFRESH;
	note.record = *record;
	len = change_encode(&note, text);
	if (fstat(fd, &st) == -1 || st.st_size > FEED_MAX_BYTES ||
	    write_all(fd, text, len) == -1)
		feed_drop(am);
}

void
feed_drop(const struct authmap *am)
{
	(void)file_remove(am, am->files.feed);
}

int
feed_begin(const struct authmap *am, bool restart)
{
	int fd = restart ? -1 : file_open(am->files.feed, O_RDONLY, 0);

	return fd != -1 ? fd : file_create(am, am->files.feed, FEED_MODE);
}
