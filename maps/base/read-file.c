/* SPDX-License-Identifier: ISC */
#include "base/read-file.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FILE_BYTES_MAX (1024 * 1024)

/* After a change of its folder, a missing file may be being saved for this long. */
#define SAVING_SECS 5

/* Read up to SIZE bytes into TEXT.  Return how many, or -1 with errno. */
static ssize_t
read_all(int fd, char *text, size_t size)
{
	size_t have = 0;
	ssize_t n;

	do {
		n = read(fd, text + have, size - have);
		if (n > 0)
			have += (size_t)n;
	} while ((n > 0 && have < size) || (n == -1 && errno == EINTR));
	return n == -1 ? -1 : (ssize_t)have;
}

static bool
is_unchanged(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/*
 * Read FD into TEXT, which has room for one byte more than the size in BEFORE.
 * Return NULL, or what is wrong.
 */
static const char *
read_unchanged(int fd, const struct stat *before, char *text)
{
	ssize_t len = read_all(fd, text, (size_t)before->st_size + 1);
	struct stat after;

	if (len == -1 || fstat(fd, &after) == -1)
		return strerror(errno);
	if (len != before->st_size || !is_unchanged(before, &after))
		return "it was changed while it was read: try again";
	text[len] = '\0';
	return NULL;
}

/* Return the content of FD, *LEN bytes, or NULL with *WHY. */
static char *
read_whole(int fd, size_t *len, const char **why)
{
	struct stat st;
	char *text;

	*why = NULL;
	if (fstat(fd, &st) == -1)
		*why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		*why = "it is not a regular file: replace it by one";
	else if (st.st_size > FILE_BYTES_MAX)
		*why = "it is larger than 1 MiB: shorten it";
	if (*why != NULL)
		return NULL;
	text = malloc((size_t)st.st_size + 1);
	*why = text == NULL ? "no memory" : read_unchanged(fd, &st, text);
	if (*why != NULL) {
		free(text);
		return NULL;
	}
	*len = (size_t)st.st_size;
	return text;
}

char *
read_whole_file(const char *path, size_t *len, char why[READ_FILE_WHY_BYTES])
{
	/* O_NONBLOCK: opening a FIFO would wait for its writer. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	const char *wrong = NULL;
	char *text = NULL;

	why[0] = '\0';
	if (fd != -1) {
		text = read_whole(fd, len, &wrong);
		(void)close(fd);
	} else if (errno != ENOENT) {
		(void)snprintf(why, READ_FILE_WHY_BYTES, "cannot be opened: %s",
		    strerror(errno));
	}
	if (wrong != NULL)
		(void)snprintf(why, READ_FILE_WHY_BYTES, "cannot be read: %s",
		    wrong);
	return text;
}

bool
file_may_be_mid_save(const char *path)
{
	char folder[PATH_MAX], *slash;
	struct stat st;

	(void)strlcpy(folder, path, sizeof folder);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		return true;
	slash[1] = '\0';
	return stat(folder, &st) == 0 &&
	    llabs((long long)time(NULL) - st.st_mtim.tv_sec) < SAVING_SECS;
}
