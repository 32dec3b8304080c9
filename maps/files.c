#define _GNU_SOURCE		/* renameat2(2) */

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define KEEP_BROKEN 3
#define NAP_FIRST 200		/* microseconds */
#define NAP_MOST 5000

long long
monotonic_us(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
		return 0;
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

deadline
deadline_in(unsigned int milliseconds)
{
	return monotonic_us() / 1000 + milliseconds;
}

bool
deadline_over(deadline end)
{
	return end != NEVER && monotonic_us() >= end * 1000;
}

void
nap(unsigned int *microseconds, deadline end)
{
	unsigned int us = *microseconds == 0 ? NAP_FIRST : *microseconds;
	struct timespec pause;
	long long left;

	*microseconds = us + us / 2 > NAP_MOST ? NAP_MOST : us + us / 2;
	if (end != NEVER) {
		left = end * 1000 - monotonic_us();
		if (left <= 0)
			return;
		if (us > left)
			us = (unsigned int)left;
	}
	pause.tv_sec = 0;
	pause.tv_nsec = us * 1000L;
	(void)nanosleep(&pause, NULL);
}

/*
 * Gives the file NAME the name PATH, if nothing has it; -1 with errno.  At no
 * moment does it have two: that would look as if its pending records waited.
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
 * Makes an empty file of the right mode, whatever the umask, and only then
 * gives it its name: who opens it never meets another mode, though its maker
 * be killed.
 */
static int
make_empty(const char *path, mode_t mode)
{
	char name[FILES_PATH];
	int fd, error = 0;

	(void)snprintf(name, sizeof name, "%s.%08x", path,
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

void
file_clear_up(const struct authmap *am, const char *path)
{
	static const char hex[] = "[0-9a-f][0-9a-f]";
	char pattern[FILES_PATH];
	struct stat st;
	glob_t found;

	(void)snprintf(pattern, sizeof pattern, "%s.%s%s%s%s", path, hex, hex,
	    hex, hex);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (lstat(found.gl_pathv[i], &st) == 0 &&
		    st.st_mtim.tv_sec < am->clock(NULL) - 60)
			(void)unlink(found.gl_pathv[i]);
	globfree(&found);
}

int
file_open(const char *path, int flags, mode_t mode)
{
	struct stat st;

	return file_open_stat(path, flags, mode, &st);
}

/* O_NONBLOCK keeps a planted FIFO from hanging us. */
int
file_open_stat(const char *path, int flags, mode_t mode, struct stat *st)
{
	int use = (flags & ~O_CREAT) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = open(path, use), error = 0;

	/* A few times: others may take it away as soon as it is there. */
	for (int i = 0; i < 5 && fd == -1 && errno == ENOENT &&
	    (flags & O_CREAT) != 0; i++) {
		if (make_empty(path, mode) == -1)
			return -1;
		fd = open(path, use);
	}
	if (fd == -1)
		return -1;
	if (fstat(fd, st) == -1)
		error = errno;
	else if (!S_ISREG(st->st_mode))
		error = EINVAL;
	if (error == 0)
		return fd;
	(void)close(fd);
	errno = error;
	return -1;
}

bool
file_is_foreign(int error)
{
	return error == EINVAL || error == ELOOP || error == EISDIR ||
	    error == ENXIO;
}

bool
file_is_anothers(const char *path, const char *folder, int error)
{
	struct stat st, in;

	if (file_is_foreign(error))
		return true;
	return error == EACCES && lstat(path, &st) == 0 &&
	    stat(folder, &in) == 0 &&
	    ((st.st_mode & 0660) != 0660 || st.st_gid != in.st_gid);
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
file_there(const char *path)
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

/* Ten digits sort by age as text. */
static void
keep_last_broken(const char *path)
{
	char pattern[FILES_PATH];
	glob_t found;

	(void)strlcpy(pattern, path, sizeof pattern);
	(void)strlcat(pattern, ".broken-*", sizeof pattern);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i + KEEP_BROKEN < found.gl_pathc; i++)
		(void)remove(found.gl_pathv[i]);
	globfree(&found);
}

/* A name that nothing has yet; two may break in one second. */
static void
name_aside(const char *path, time_t now, char aside[FILES_PATH])
{
	for (int i = 0; i < 60; i++) {
		(void)snprintf(aside, FILES_PATH, "%s.broken-%010lld", path,
		    (long long)now + i);
		if (!file_there(aside))
			return;
	}
}

int
file_set_aside(const struct authmap *am, const char *path, const char *why)
{
	char aside[FILES_PATH];

	name_aside(path, am->clock(NULL), aside);
	if (rename(path, aside) == -1) {
		log_say(&am->log, LOG_ERR, "%s: %s, and cannot be set aside: "
		    "%s", path, why, strerror(errno));
		return -1;
	}
	log_say(&am->log, LOG_ERR, "%s: %s; kept as %s", path, why, aside);
	keep_last_broken(path);
	return 0;
}

int
file_drop(const struct authmap *am, const char *path)
{
	struct stat st;
	int error;

	if (unlink(path) == 0 || errno == ENOENT)
		return 0;
	error = errno;
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return file_set_aside(am, path, "is a folder");
	errno = error;
	return -1;
}

int
file_create(const struct authmap *am, const char *path, mode_t mode)
{
	int fd;

	if (file_drop(am, path) == -1)
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
	    (errno != EISDIR || file_drop(am, to) == -1 ||
	    rename(path, to) == -1))
		error = errno;
	if (error == 0)
		return 0;
	(void)unlink(path);
	errno = error;
	return -1;
}
