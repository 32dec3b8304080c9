/* SPDX-License-Identifier: ISC */
/*
 * authmap-judge: find out whether libgdbm finds keys in a map.  See its man page.
 *
 * Only this program is linked with libgdbm, which trusts the content of a file.
 * Therefore it first gives up all permissions that it does not need.
 */
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/types.h>

#include <gdbm.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_BYTES (256UL * 1024 * 1024)
#define CPU_SECS 10
#define REAL_SECS 30
#define NOBODY 65534

#define MAP_FD 0
#define KEYS_FD 1		/* and the answer */
#define KEYS_BYTES 4096

/* Exit statuses. */
enum { FOUND = 0, NOT_FOUND = 1, WRONG_USE = 2, NOT_CONFINED = 126 };

static bool
limit(int resource, rlim_t most)
{
	const struct rlimit limits = { most, most };

	return setrlimit(resource, &limits) == 0;
}

/* The limits do not hold for root. */
static bool
drop_root(void)
{
	return geteuid() != 0 || (setgroups(0, NULL) == 0 &&
	    setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

/* Bound time and memory, and prevent that a file is opened or written.  Not even a
 * descriptor that is closed makes room for another one. */
static bool
confine(void)
{
	(void)alarm(REAL_SECS);
#ifdef __linux__
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return false;
#endif
	return drop_root() && limit(RLIMIT_CORE, 0) &&
#ifndef __SANITIZE_ADDRESS__
	    limit(RLIMIT_AS, MEMORY_BYTES) &&
#endif
	    limit(RLIMIT_CPU, CPU_SECS) && limit(RLIMIT_NPROC, 0) &&
	    limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 0);
}

/* Write the answer and exit, without running exit handlers. */
static void
answer(int status, const char *what, const char *why)
{
	char text[256];
	int len = snprintf(text, sizeof text, "%s%s%s", what,
	    what[0] != '\0' ? ": " : "", why);

	if (len > 0)
		(void)!write(KEYS_FD, text, strlen(text));
	_exit(status);
}

static void
fatal(const char *why)
{
	answer(NOT_FOUND, "", why);
}

/* Read the keys, one in each line, until the other side has shut down. */
static char *
read_keys(void)
{
	static char keys[KEYS_BYTES + 1];
	size_t len = 0;
	ssize_t n;

	while (len < KEYS_BYTES &&
	    (n = read(KEYS_FD, keys + len, KEYS_BYTES - len)) > 0)
		len += (size_t)n;
	return keys;
}

int
main(int argc, char **argv)
{
	GDBM_FILE map;
	char *keys;

	(void)argv;
	if (argc != 1)
		return WRONG_USE;
	if (!confine())
		_exit(NOT_CONFINED);
	keys = read_keys();
	map = gdbm_fd_open(MAP_FD, "map", 0, GDBM_READER | GDBM_NOLOCK |
	    GDBM_NOMMAP | GDBM_CLOERROR, fatal);
	if (map == NULL)
		fatal(gdbm_strerror(gdbm_errno));
	for (char *key = strtok(keys, "\n"); key != NULL;
	    key = strtok(NULL, "\n")) {
		datum found = gdbm_fetch(map, (datum){ key, (int)strlen(key) });

		if (found.dptr == NULL)
			answer(NOT_FOUND, key, gdbm_strerror(gdbm_errno));
		free(found.dptr);
	}
	_exit(FOUND);
}
