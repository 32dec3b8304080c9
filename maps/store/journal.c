#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CHANGES_MODE 0660

FILE *
changes_begin(const struct authmap *am)
{
	int fd = file_create(am, am->files.changes, CHANGES_MODE);

	return fd == -1 ? NULL : file_stream(fd, "r");
}

bool
changes_complete(const struct authmap *am, FILE *in)
{
	return file_is(am->files.changes, fileno(in));
}

void
changes_drop(const struct authmap *am)
{
	(void)file_drop(am, am->files.changes);
}

int
changes_open(const struct authmap *am)
{
	int fd;

	if (!file_there(am->files.changes))
		return -1;
	fd = file_open(am->files.changes, O_WRONLY | O_APPEND, 0);
	if (fd == -1)
		changes_drop(am);
	return fd;
}

void
changes_note(const struct authmap *am, int fd, const char *key,
    const struct record *record)
{
	struct change change = { .op = CHANGE_SET, .record = *record };
	char text[CHANGE_SIZE];
	struct stat st;
	size_t len;

	if (fd == -1)
		return;
	(void)strlcpy(change.key, key, sizeof change.key);
	len = change_encode(&change, text);
	if (fstat(fd, &st) == -1 || st.st_size > CHANGES_MAX ||
	    write_all(fd, text, len) == -1)
		changes_drop(am);
}
