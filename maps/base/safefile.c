/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE		/* renameat2(2) */

#include "base/safefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/*
 * Rename NAME to PATH, if PATH does not exist.  Return -1 with errno on an error.
 * link(2) is only for systems without renameat2(2): until NAME is removed, the file
 * has two names and may look like a hard link to a foreign file.
 */
static int
give_name(const char *name, const char *path)
{
#ifdef RENAME_NOREPLACE
	if (renameat2(AT_FDCWD, name, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
#endif
	return link(name, path);
}

/*
 * Make an empty file PATH with MODE, regardless of the umask.  It gets its name
 * last, so that no other process sees it with another mode, even if this one is
 * killed.
 */
static int
make_empty(const char *path, mode_t mode)
{
	char name[FILES_PATH_BYTES];
	int fd, error = 0;

	(void)snprintf(name, sizeof name, "%s" TEMPORARY_MARK "%08x", path,
	    (unsigned int)arc4random());
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd == -1)
		return -1;
	if (fchmod(fd, mode) == -1 ||
	    (give_name(name, path) == -1 && errno != EEXIST))
		error = errno;
	(void)unlink(name);
	(void)close(fd);
	errno = error;
	return error == 0 ? 0 : -1;
}

int
file_open(const char *path, int flags, mode_t mode)
{
	struct stat st;

	return file_open_stat(path, flags, mode, &st);
}

static void
folder_of(const char *path, char folder[FILES_PATH_BYTES])
{
	(void)strlcpy(folder, path, FILES_PATH_BYTES);
	*strrchr(folder, '/') = '\0';
}

/*
 * Return whether PATH is a hard link to a file of another group.  Files that
 * are made in the folder have the folder's group.
 */
static bool
linked_in(const char *path, const struct stat *st)
{
	char folder[FILES_PATH_BYTES];
	struct stat in;

	if (st->st_nlink <= 1)
		return false;
	folder_of(path, folder);
	return stat(folder, &in) == -1 || in.st_gid != st->st_gid;
}

/* O_NONBLOCK: the open must not wait for a FIFO, or for a lease on the file. */
int
file_open_stat(const char *path, int flags, mode_t mode, struct stat *st)
{
	int use = (flags & ~O_CREAT) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = open(path, use), error = 0;

	/* Try a few times: another process may remove the file, or the temporary
	 * one, at once. */
	for (int i = 0; i < 5 && fd == -1 && errno == ENOENT &&
	    (flags & O_CREAT) != 0; i++) {
		if (make_empty(path, mode) == -1 && errno != ENOENT)
			return -1;
		fd = open(path, use);
	}
	if (fd == -1)
		return -1;
	if (fstat(fd, st) == -1)
		error = errno;
	else if (!S_ISREG(st->st_mode) || linked_in(path, st))
		error = EINVAL;
	if (error == 0)
		return fd;
	(void)close(fd);
	errno = error;
	return -1;
}

/* FreeBSD reports EMLINK for a symbolic link.  EAGAIN means a lease, which only an
 * attacker takes on a file of authmap. */
bool
file_is_foreign(int error)
{
	return error == EINVAL || error == ELOOP || error == EMLINK ||
	    error == EISDIR || error == ENXIO || error == EOPNOTSUPP ||
	    error == EAGAIN;
}

bool
file_is_foreign_to(const char *path, const char *folder, mode_t mode,
    int error)
{
	struct stat st, in;

	if (file_is_foreign(error))
		return true;
	return error == EACCES && lstat(path, &st) == 0 &&
	    stat(folder, &in) == 0 &&
	    ((st.st_mode & mode) != mode || st.st_gid != in.st_gid);
}

int
file_claim(const struct authmap *am, const char *path, int flags, mode_t mode)
{
	int fd = file_open(path, flags, mode), error = errno;

	if (fd != -1)
		return fd;
	if (file_is_foreign_to(path, am->files.folder, mode, error) &&
	    file_move_aside(am, path, "is a foreign file") == 0)
		return file_open(path, flags, mode);
	errno = error;
	return -1;
}

FILE *
file_stream(int fd, const char *mode)
{
	FILE *stream = fdopen(fd, mode);

	if (stream == NULL)
		(void)close(fd);
	return stream;
}

bool
file_is(const char *path, int fd)
{
	struct stat named, open;

	return lstat(path, &named) == 0 && fstat(fd, &open) == 0 &&
	    named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

bool
stat_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	    a->st_size == b->st_size &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

bool
file_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || errno != ENOENT;
}

int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC;
		if (n <= 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Find a name that does not exist.  Two files may be moved aside in one second. */
static void
name_aside(const char *path, time_t now, char aside[FILES_PATH_BYTES])
{
	for (int i = 0; i < 60; i++) {
		(void)snprintf(aside, FILES_PATH_BYTES, "%s" ASIDE_MARK "%010lld",
		    path, (long long)now + i);
		if (!file_exists(aside))
			return;
	}
}

int
file_move_aside(const struct authmap *am, const char *path, const char *why)
{
	char aside[FILES_PATH_BYTES];

	name_aside(path, am->clock(NULL), aside);
	if (rename(path, aside) == -1) {
		log_say(&am->log, LOG_ERR, "%s: %s, and cannot be moved aside: "
		    "%s", path, why, strerror(errno));
		return -1;
	}
	log_say(&am->log, LOG_ERR, "%s: %s; moved aside as %s", path, why, aside);
	file_keep_last_aside(path);
	return 0;
}

int
file_remove(const struct authmap *am, const char *path)
{
	struct stat st;
	int error;

	if (unlink(path) == 0 || errno == ENOENT)
		return 0;
	error = errno;
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return file_move_aside(am, path, "is a folder");
	errno = error;
	return -1;
}

int
file_create(const struct authmap *am, const char *path, mode_t mode)
{
	int fd;

	if (file_remove(am, path) == -1)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd != -1 && fchmod(fd, mode) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

int
file_finish(const struct authmap *am, FILE *out, const char *path,
    const char *to)
{
	int error = 0;

	if (ferror(out) || fflush(out) == EOF || fsync(fileno(out)) == -1)
		error = errno != 0 ? errno : EIO;
	if (fclose(out) == EOF && error == 0)
		error = errno;
	if (error == 0 && rename(path, to) == -1 &&
	    (errno != EISDIR || file_remove(am, to) == -1 ||
	    rename(path, to) == -1))
		error = errno;
	if (error == 0)
		return 0;
	(void)unlink(path);
	errno = error;
	return -1;
}
