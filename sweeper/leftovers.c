/* SPDX-License-Identifier: ISC */
#include "sweeper/leftovers.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "sweeper/sweep-lock.h"

#define WAITING_MAX_BYTES (8 * 1024 * 1024)	/* the most that 0.1 wrote */
#define WAITING_MODE 0660

static void
path_of(const struct authmap *am, const char *end, char path[FILES_PATH_BYTES])
{
	(void)strlcpy(path, am->files.stem, FILES_PATH_BYTES);
	(void)strlcat(path, end, FILES_PATH_BYTES);
}

void
leftovers_drop(const struct authmap *am)
{
	static const char *const end[] = { ".changes", ".fresh", ".swept",
	    ".users", ".users-next", ".waits" };
	char path[FILES_PATH_BYTES];

	for (size_t i = 0; i < sizeof end / sizeof *end; i++) {
		path_of(am, end[i], path);
		(void)file_remove(am, path);
	}
}

/* Store the next logins of IN.  Store in *MORE whether it may have more. */
static enum map_status
store_some(const struct authmap *am, FILE *in, bool *more)
{
	enum map_status status;
	struct writer w;

	if (!sweep_lock(am, &w))
		return MAP_TIMEOUT;
	status = writer_apply_file(&w, in, LOGIN_OPS, SWEEP_BATCH_ENTRIES, NULL,
	    more);
	writer_end(&w);
	return status;
}

/* Read what FD has now, LEN bytes, into memory.  Return NULL, with errno, if it
 * cannot be read. */
static FILE *
copy_of(int fd, size_t len)
{
	FILE *copy = fmemopen(NULL, len + 1, "w+");
	char chunk[4096];
	ssize_t n = 1;

	while (copy != NULL && n > 0 && len > 0) {
		n = read(fd, chunk, len < sizeof chunk ? len : sizeof chunk);
		if (n == -1 || fwrite(chunk, 1, (size_t)n, copy) != (size_t)n)
			break;
		len -= (size_t)n;
	}
	if (copy != NULL && (n == -1 || fseek(copy, 0, SEEK_SET) == -1)) {
		(void)fclose(copy);
		copy = NULL;
	}
	return copy;
}

/*
 * Copy the file PATH of 0.1 into memory, because other processes may still write to
 * it.  Return NULL with errno if it cannot be read now.  Return NULL with errno 0 if
 * there is nothing to store: then the file may be removed, if there is one.
 */
static FILE *
read_waiting(const struct authmap *am, const char *path)
{
	struct stat st;
	FILE *copy = NULL;
	int error = 0, fd = file_open_stat(path, O_RDONLY, 0, &st);

	if (fd == -1) {
		if (errno == ENOENT || file_is_foreign_to(path, am->files.folder,
		    WAITING_MODE, errno))
			errno = 0;
		return NULL;
	}
	if (st.st_size <= WAITING_MAX_BYTES) {
		copy = copy_of(fd, (size_t)st.st_size);
		error = errno;
	}
	(void)close(fd);
	errno = error;
	return copy;
}

static void
store_file(const struct authmap *am, const char *path)
{
	enum map_status status = MAP_OK;
	bool more = true;
	FILE *in = read_waiting(am, path);

	if (in == NULL && errno != 0)
		status = map_fail_errno();
	while (in != NULL && status == MAP_OK && more)
		status = store_some(am, in, &more);
	if (in != NULL)
		(void)fclose(in);
	if (status == MAP_OK)
		(void)file_remove(am, path);
	else
		log_say(&am->log, LOG_ERR, "%s: cannot be stored yet: %s", path,
		    map_error());
}

void
leftovers_store(const struct authmap *am)
{
	char path[FILES_PATH_BYTES];

	path_of(am, ".draining", path);
	store_file(am, path);
	path_of(am, ".pending", path);
	store_file(am, path);
}

bool
leftovers_need_restore(const struct authmap *am)
{
	char path[FILES_PATH_BYTES];
	struct stat st;

	path_of(am, ".restore", path);
	return lstat(path, &st) == 0;
}

void
leftovers_restored(const struct authmap *am)
{
	char path[FILES_PATH_BYTES];

	path_of(am, ".restore", path);
	(void)file_remove(am, path);
}
