#include "pending.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define PENDING_MODE 0660
#define PENDING_MAX (4 * 1024 * 1024)
#define APPEND_TRIES 100

/* Descriptor of the pending file, or -1. */
static int
pending_open(const struct authmap *am)
{
	const char *path = am->files.pending;
	int fd = file_open(path, O_WRONLY | O_APPEND | O_CREAT, PENDING_MODE);

	if (fd == -1 && (errno == EINVAL || errno == ELOOP ||
	    errno == EISDIR || errno == ENXIO) &&
	    file_set_aside(am, path, "is no plain file") == 0)
		fd = file_open(path, O_WRONLY | O_APPEND | O_CREAT,
		    PENDING_MODE);
	return fd;
}

static int
append_once(int fd, const char *text, size_t len)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return -1;
	if (st.st_size > PENDING_MAX) {
		errno = EFBIG;
		return -1;
	}
	n = write(fd, text, len);
	if (n == (ssize_t)len)
		return 0;
	if (n != -1)
		errno = ENOSPC;
	return -1;
}

int
pending_append(const struct authmap *am, const struct change *change)
{
	char text[CHANGE_SIZE];
	size_t len = change_encode(change, text);

	for (int i = 0; i < APPEND_TRIES; i++) {
		int error, fd = pending_open(am);

		if (fd == -1)
			return -1;
		if (append_once(fd, text, len) == -1) {
			error = errno;
			(void)close(fd);
			errno = error;
			return -1;
		}
		/*
		 * Still under its name after the write: whoever renames it
		 * later reads it later, and so reads this.  Otherwise it may
		 * have been read before: a second time does no harm.
		 */
		if (file_is(am->files.pending, fd))
			return fd;
		(void)close(fd);
	}
	errno = EAGAIN;
	return -1;
}

bool
pending_done(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

/* Opens relay.draining; errno 0 when it was something else, now set aside. */
static FILE *
draining_open(const struct authmap *am)
{
	const char *path = am->files.draining;
	const char *why = NULL;
	struct stat st;
	FILE *in;
	int fd = file_open(path, O_RDONLY, 0);

	if (fd == -1 && errno == ENOENT)
		return NULL;
	if (fd == -1)
		why = strerror(errno);
	else if (fstat(fd, &st) == 0 && st.st_size > 2 * PENDING_MAX)
		why = "is larger than any that we write";
	if (why == NULL && (in = fdopen(fd, "r")) != NULL)
		return in;
	if (fd != -1)
		(void)close(fd);
	if (why != NULL && file_set_aside(am, path, why) == 0)
		errno = 0;
	return NULL;
}

bool
pending_there(const struct authmap *am)
{
	return file_there(am->files.pending);
}

FILE *
pending_take(const struct authmap *am)
{
	FILE *in;

	if (file_there(am->files.draining)) {
		in = draining_open(am);
		if (in != NULL || (errno != ENOENT && errno != 0))
			return in;
	}
	if (!pending_there(am) ||
	    rename(am->files.pending, am->files.draining) == -1)
		return NULL;
	return draining_open(am);
}

void
pending_finish(const struct authmap *am, FILE *in, bool stored,
    unsigned int bad)
{
	(void)fclose(in);
	if (!stored)
		return;
	if (bad > 0)
		log_say(&am->log, LOG_WARNING, "%s: %u lines that are no "
		    "record were left out", am->files.pending, bad);
	if (unlink(am->files.draining) == -1 && errno != ENOENT)
		log_say(&am->log, LOG_ERR, "%s: cannot be removed: %s",
		    am->files.draining, strerror(errno));
}
