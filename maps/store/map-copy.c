#include "store/map-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COPY_CHUNK (256 * 1024)

/* Where gdbm(3)'s file header says how long the file is. */
#define HEADER_NEXT_BLOCK 32

/* How long FD's file says that it is, 0: nothing; -1 with errno. */
static off_t
map_length(int fd)
{
	long long next;
	ssize_t n = pread(fd, &next, sizeof next, HEADER_NEXT_BLOCK);

	if (n == -1)
		return -1;
	return n == sizeof next && next > 0 ? (off_t)next : 0;
}

enum map_status
map_check_length(int fd, const struct stat *st)
{
	off_t length = map_length(fd);

	if (length == -1)
		return map_fail_errno();
	return length > 0 && st->st_size >= length ? MAP_OK :
	    map_fail(MAP_BROKEN, "cut short");
}

/* What stands behind the first LEFT bytes is none of ours. */
static enum map_status
copy_bytes(int from, int to, off_t left, deadline end)
{
	char *chunk = malloc(COPY_CHUNK);
	enum map_status status = MAP_OK;

	if (chunk == NULL)
		return map_fail(MAP_TROUBLE, "no memory");
	while (status == MAP_OK && left > 0) {
		ssize_t n = read(from, chunk, left < COPY_CHUNK ?
		    (size_t)left : COPY_CHUNK);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			break;
		if (n == -1 || write_all(to, chunk, (size_t)n) == -1)
			status = map_fail_errno();
		else if (deadline_over(end))
			status = map_fail(MAP_LATE, "too large to be copied "
			    "in lock_timeout");
		left -= n;
	}
	free(chunk);
	return status;
}

enum map_status
map_copy(const struct authmap *am, const char *path, deadline end)
{
	enum map_status status;
	off_t length;
	int in = file_open(am->files.map, O_RDONLY, 0), out;

	if (in == -1)
		return map_fail_errno();
	out = file_create(am, path, am->config.map_mode);
	length = out == -1 ? -1 : map_length(in);
	status = length == -1 ? map_fail_errno() : copy_bytes(in, out, length, end);
	if (out != -1 && close(out) == -1 && status == MAP_OK)
		status = map_fail_errno();
	(void)close(in);
	return status;
}

bool
map_is_anothers(const struct authmap *am)
{
	return (am->config.map_mode & S_IRGRP) != 0 &&
	    faccessat(AT_FDCWD, am->files.map, R_OK, AT_EACCESS) == -1 &&
	    errno == EACCES;
}
