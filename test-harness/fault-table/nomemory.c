/* SPDX-License-Identifier: ISC */
/*
 * nomemory: preloaded into a program, let an allocation fail.
 *
 * NOMEMORY_AT is the number, from 1 on, of the call of malloc(3), calloc(3) or
 * realloc(3) that fails.  With a "+" after it, all later calls fail, too.  When a
 * program ends in which a call has failed, a line is added to the file NOMEMORY_MET.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own names of the functions that are replaced here. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);

static unsigned long calls;
static bool met;

static bool
runs_out(void)
{
	const char *at = getenv("NOMEMORY_AT");
	unsigned long fails = at != NULL ? strtoul(at, NULL, 10) : 0;
	bool out;

	calls++;
	out = fails != 0 && (calls == fails ||
	    (calls > fails && strchr(at, '+') != NULL));
	if (out) {
		met = true;
		errno = ENOMEM;
	}
	return out;
}

void *
malloc(size_t size)
{
	return runs_out() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return runs_out() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return runs_out() ? NULL : __libc_realloc(old, size);
}

__attribute__((destructor)) static void
report_met(void)
{
	const char *path = getenv("NOMEMORY_MET");
	int fd = path != NULL && met ? open(path, O_WRONLY | O_CREAT | O_APPEND |
	    O_CLOEXEC, 0666) : -1;

	if (fd != -1) {
		(void)!write(fd, "met\n", 4);
		(void)close(fd);
	}
}
