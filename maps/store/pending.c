#include "store/pending.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define PENDING_MODE 0660
#define PENDING_MAX (PENDING_END / 2)
#define APPEND_TRIES 100

/* Descriptor of the pending file, or -1. */
static int
pending_open(const struct authmap *am)
{
	return file_claim(am, am->files.pending,
	    O_WRONLY | O_APPEND | O_CREAT, PENDING_MODE);
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

bool
pending_left(const struct authmap *am)
{
	return file_there(am->files.draining);
}

bool
pending_there(const struct authmap *am)
{
	return file_there(am->files.pending) || pending_left(am);
}

/*
 * Opens relay.draining into *IN; true with NULL when it is gone, or was
 * nothing of ours and is set aside.
 */
static bool
draining_open(const struct authmap *am, FILE **in)
{
	const char *path = am->files.draining;
	struct stat st;
	int fd = file_open_stat(path, O_RDWR, 0, &st), error = errno;

	*in = NULL;
	if (fd == -1 && error == ENOENT)
		return true;
	if (fd != -1 && st.st_size > PENDING_END) {
		(void)close(fd);
		return file_set_aside(am, path, "is larger than any that we "
		    "write") == 0;
	}
	if (fd == -1 && file_is_anothers(path, am->files.folder, PENDING_MODE,
	    error))
		return file_set_aside(am, path, "is no file of ours") == 0;
	if (fd != -1) {
		*in = file_stream(fd, "r+");
		error = errno;
	}
	if (*in != NULL)
		return true;
	log_say(&am->log, LOG_ERR, "%s: cannot be read: %s", path,
	    strerror(error));
	return false;
}

bool
pending_take(const struct authmap *am, FILE **in)
{
	if (!draining_open(am, in))
		return false;
	if (*in != NULL)
		return true;
	if (rename(am->files.pending, am->files.draining) == 0)
		return draining_open(am, in);
	if (errno == ENOENT)
		return true;
	log_say(&am->log, LOG_ERR, "%s: cannot be taken: %s",
	    am->files.pending, strerror(errno));
	return false;
}

/* Makes empty lines of the first LEN bytes, which are stored. */
static void
blank(int fd, off_t len)
{
	char lines[4096];
	off_t at = 0;

	memset(lines, '\n', sizeof lines);
	while (at < len) {
		size_t part = len - at < (off_t)sizeof lines ?
		    (size_t)(len - at) : sizeof lines;
		ssize_t n = pwrite(fd, lines, part, at);

		/* What is not blank is stored once more: no harm is done. */
		if (n <= 0)
			return;
		at += n;
	}
}

void
pending_finish(const struct authmap *am, FILE *in, bool stored, off_t done,
    unsigned int good, unsigned int bad)
{
	if (!stored)
		blank(fileno(in), done);
	(void)fclose(in);
	if (!stored)
		return;
	if (good == 0 && bad > 0) {
		(void)file_set_aside(am, am->files.draining, "holds no record");
		return;
	}
	if (bad > 0)
		log_say(&am->log, LOG_WARNING, "%s: %u lines that are no "
		    "record were left out", am->files.pending, bad);
	if (unlink(am->files.draining) == -1 && errno != ENOENT)
		log_say(&am->log, LOG_ERR, "%s: cannot be removed: %s",
		    am->files.draining, strerror(errno));
}
