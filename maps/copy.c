#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COPY_CHUNK (256 * 1024)

static enum map_status
fail_errno(void)
{
	return map_fail(MAP_TROUBLE, strerror(errno));
}

static enum map_status
copy_bytes(int from, int to, deadline end)
{
	char *chunk = malloc(COPY_CHUNK);
	enum map_status status = MAP_OK;
	ssize_t n;

	if (chunk == NULL)
		return map_fail(MAP_TROUBLE, "no memory");
	while (status == MAP_OK && (n = read(from, chunk, COPY_CHUNK)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 || write_all(to, chunk, (size_t)n) == -1)
			status = fail_errno();
		else if (deadline_over(end))
			status = map_fail(MAP_LATE, "too large to be copied "
			    "in lock_timeout");
	}
	free(chunk);
	return status;
}

enum map_status
map_copy(const struct authmap *am, const char *path, deadline end)
{
	enum map_status status;
	int in = file_open(am->files.map, O_RDONLY, 0), out;

	if (in == -1)
		return fail_errno();
	out = file_create(am, path, am->config.map_mode);
	status = out == -1 ? fail_errno() : copy_bytes(in, out, end);
	if (out != -1 && close(out) == -1 && status == MAP_OK)
		status = fail_errno();
	(void)close(in);
	return status;
}
