/* SPDX-License-Identifier: ISC */
#include "sweeper/judge.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"

/* The Makefile leaves it empty if there is no libgdbm. */
#ifndef AUTHMAP_JUDGE
#define AUTHMAP_JUDGE ""
#endif

#define SAMPLE 64		/* keys */
#define SAMPLE_BYTES (SAMPLE * AUTHMAP_ADDRESS_SIZE)
#define SAMPLE_MS 5000		/* to choose the keys */
#define MOST_MS 32000		/* authmap-judge ends itself after 30 s */
#define LOOK_MS 200		/* how often to see whether it has ended */
#define END_MS 5000		/* for its end after its answer */

/* The exit statuses of authmap-judge; NOT_RUN and above: it did not run. */
#define FOUND 0
#define NOT_FOUND 1
#define NOT_RUN 126

_Static_assert(SAMPLE_BYTES <= 4096, "authmap-judge reads no more");

static const char *
program(void)
{
	const char *path = getenv("AUTHMAP_JUDGE");

	return path != NULL ? path : AUTHMAP_JUDGE;
}

/* Write keys from all parts of MAP into TEXT, one in each line, and return its
 * length. */
static size_t
sample(struct map *map, char text[SAMPLE_BYTES])
{
	struct gdbmfile_cursor cursor = { .entry = 0 };
	uint32_t step = ((uint32_t)1 << map->file.bits) / SAMPLE;
	size_t len = 0;

	/* A map that another program has written may take long to read. */
	map->file.end = deadline_in(SAMPLE_MS);
	for (uint32_t i = 0; i < SAMPLE; i++) {
		char key[AUTHMAP_ADDRESS_SIZE];
		struct record record;

		if (cursor.entry < i * step)
			cursor = (struct gdbmfile_cursor){ .entry = i * step };
		if (map_next(map, &cursor, key, &record) != MAP_OK)
			break;
		len += (size_t)snprintf(text + len, SAMPLE_BYTES - len, "%s\n",
		    key);
	}
	map->file.end = DEADLINE_NEVER;
	return len;
}

/* Start the program PATH with MAP and ITS end of a pair of sockets.  Return 0, with
 * its process in *PID, or an errno. */
static int
start(const char *path, int map, int its, pid_t *pid)
{
	char *argv[] = { (char[]){ "authmap-judge" }, NULL }, *env[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int error;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	if (posix_spawn_file_actions_init(&actions) != 0)
		return ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return ENOMEM;
	}
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setsigdefault(&attributes, &all);
	(void)posix_spawnattr_setflags(&attributes,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	error = posix_spawn_file_actions_adddup2(&actions, map, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, its, 1);
	if (error == 0)
		error = posix_spawn(pid, path, &actions, &attributes, argv, env);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Wait until FD has something to read, the process PID has ended, or END.  Return
 * whether there is something to read.  Set *ENDED, and *STATUS, if PID has ended. */
static bool
wait_to_read(pid_t pid, int fd, deadline end, bool *ended, int *status)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	while (poll(&ready, 1, *ended ? 0 : LOOK_MS) <= 0) {
		if (*ended || deadline_passed(end))
			return false;
		*ended = waitpid(pid, status, WNOHANG) == pid;
	}
	return true;
}

/* Return the status of PID, which is killed if it does not end by END. */
static int
status_by(pid_t pid, deadline end)
{
	unsigned int wait_us = 0;
	int status = 0;
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0 &&
	    !deadline_passed(end))
		nap(&wait_us, end);
	if (ended == 0)
		(void)kill(pid, SIGKILL);
	while (ended == 0 || (ended == -1 && errno == EINTR))
		ended = waitpid(pid, &status, 0);
	/* If SIGCHLD is ignored, the system does not report how it ended. */
	return ended == pid ? status : NOT_RUN << 8;
}

/* Read the answer of PID from FD, wait for its end, and return its status. */
static int
wait_for(pid_t pid, int fd, char said[JUDGE_WHY])
{
	deadline end = deadline_in(MOST_MS);
	bool ended = false;
	size_t len = 0;
	ssize_t n = 1;
	int status = 0;

	while (n > 0 && len < JUDGE_WHY - 1 &&
	    wait_to_read(pid, fd, end, &ended, &status)) {
		n = read(fd, said + len, JUDGE_WHY - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	said[len] = '\0';
	if (ended)
		return status;
	/* It may have closed its end and go on. */
	return status_by(pid, deadline_passed(end) ? end : deadline_in(END_MS));
}

static enum judgement
judgement_of(int status, const char *said, char why[JUDGE_WHY])
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == FOUND)
		return JUDGE_YES;
	if (WIFEXITED(status) && WEXITSTATUS(status) >= NOT_RUN) {
		(void)snprintf(why, JUDGE_WHY, "%s: cannot be run",
		    ENCODED(program(), 64));
		return JUDGE_NONE;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		(void)strlcpy(why, ENCODED(said, 128), JUDGE_WHY);
	else if (WIFSIGNALED(status))
		(void)snprintf(why, JUDGE_WHY, "killed by signal %d",
		    WTERMSIG(status));
	else
		(void)strlcpy(why, "no answer", JUDGE_WHY);
	return JUDGE_NO;
}

/* Store the reason in WHY, from the errno ERROR, and return JUDGE_NONE. */
static enum judgement
none(char why[JUDGE_WHY], int error)
{
	(void)snprintf(why, JUDGE_WHY, "%s: %s", ENCODED(program(), 64),
	    strerror(error));
	return JUDGE_NONE;
}

enum judgement
judge(struct map *map, char why[JUDGE_WHY])
{
	char keys[SAMPLE_BYTES], said[JUDGE_WHY];
	size_t len;
	int pair[2], error;
	pid_t pid = -1;

	why[0] = '\0';
	if (program()[0] == '\0')
		return JUDGE_NONE;
	len = sample(map, keys);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return none(why, errno);
	/* The buffer of a socket holds all of the keys. */
	errno = ENOBUFS;
	error = send(pair[0], keys, len, MSG_NOSIGNAL) != (ssize_t)len ||
	    shutdown(pair[0], SHUT_WR) == -1 ? errno :
	    start(program(), map->fd, pair[1], &pid);
	(void)close(pair[1]);
	if (error != 0) {
		(void)close(pair[0]);
		return none(why, error);
	}
	error = wait_for(pid, pair[0], said);
	(void)close(pair[0]);
	return judgement_of(error, said, why);
}
