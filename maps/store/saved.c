/* SPDX-License-Identifier: ISC */
#include "store/saved.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

FILE *
saved_open(const struct authmap *am)
{
	int fd = file_open(am->files.saved, O_RDONLY, 0);

	return fd == -1 ? NULL : file_stream(fd, "r");
}

FILE *
saved_begin(const struct authmap *am)
{
	int fd = file_create(am, am->files.saving, SAVED_MODE);

	return fd == -1 ? NULL : file_stream(fd, "w");
}

void
saved_add(FILE *out, const char *key, const struct record *record)
{
	struct change change = { .op = CHANGE_REFRESH, .record = *record };
	char text[CHANGE_SIZE];

	(void)strlcpy(change.key, key, sizeof change.key);
	(void)change_encode(&change, text);
	/* saved_end() checks whether a write failed. */
	(void)fputs(text + 1, out);
}

int
saved_end(const struct authmap *am, FILE *out)
{
	return file_finish(am, out, am->files.saving, am->files.saved);
}

int
saved_confirm(const struct authmap *am)
{
	return utimensat(AT_FDCWD, am->files.saved, NULL,
	    AT_SYMLINK_NOFOLLOW);
}
