/* SPDX-License-Identifier: ISC */
#include "cluster/resolve.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/safefile.h"

/* How long looking up a name may take. */
#define PATIENCE_SECS 5

/* Look up HOST; return 0 or the error of getaddrinfo(3). */
static int
find(const char *host, int flags, struct addrinfo **found)
{
	struct addrinfo hints = { .ai_flags = flags,
	    .ai_socktype = SOCK_STREAM };

	return getaddrinfo(host, NULL, &hints, found);
}

/* In the child process: write a line for each address of HOST to TO. */
static void
look_up_in_child(const char *host, int to)
{
	char text[RESOLVE_MAX * RESOLVE_ADDRESS_BYTES] = "";
	struct addrinfo *found = NULL, *one;
	char address[RESOLVE_ADDRESS_BYTES - 1];
	unsigned int count = 0;

	/* The child ends by itself if the daemon is gone, and keeps no lock or
	 * socket of the daemon open. */
	(void)alarm(2 * PATIENCE_SECS);
	if (dup2(to, STDIN_FILENO) == -1)
		return;
	closefrom(STDERR_FILENO + 1);
	if (find(host, 0, &found) != 0)
		return;
	for (one = found; one != NULL && count < RESOLVE_MAX;
	    one = one->ai_next) {
		if (getnameinfo(one->ai_addr, one->ai_addrlen, address,
		    sizeof address, NULL, 0, NI_NUMERICHOST) != 0)
			continue;
		(void)strlcat(text, address, sizeof text);
		(void)strlcat(text, "\n", sizeof text);
		count++;
	}
	(void)write_all(STDIN_FILENO, text, strlen(text));
}

void
resolve_begin(struct resolve *r, const char *host)
{
	struct addrinfo *found;
	int ends[2];

	resolve_end(r);
	r->count = 0;
	r->len = 0;
	r->why = NULL;
	if (find(host, AI_NUMERICHOST, &found) == 0) {
		freeaddrinfo(found);
		r->count = 1;
		(void)strlcpy(r->address[0], host, sizeof r->address[0]);
		return;
	}
	r->why = "its name cannot be looked up";
	if (pipe(ends) == -1)
		return;
	r->child = fork();
	if (r->child == 0) {
		look_up_in_child(host, ends[1]);
		_exit(0);
	}
	(void)close(ends[1]);
	r->from = ends[0];
	r->until = deadline_in(PATIENCE_SECS * 1000);
	if (r->child == -1 ||
	    fcntl(r->from, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(r->from, F_SETFL, O_NONBLOCK) == -1)
		resolve_end(r);
}

void
resolve_poll(const struct resolve *r, struct pollfd *poll)
{
	poll->fd = r->child > 0 ? r->from : -1;
	poll->events = POLLIN;
	poll->revents = 0;
}

/* Read the addresses from the output of the child. */
static void
read_addresses(struct resolve *r)
{
	char *rest = r->output, *line;

	r->output[r->len] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL && line[0] != '\0' &&
	    r->count < RESOLVE_MAX)
		(void)strlcpy(r->address[r->count++], line,
		    sizeof r->address[0]);
	r->why = r->count > 0 ? NULL : "its name has no address";
}

bool
resolve_turn(struct resolve *r)
{
	ssize_t n = 1;

	if (r->child == 0)
		return true;
	while (n > 0 && r->len < sizeof r->output - 1) {
		n = read(r->from, r->output + r->len,
		    sizeof r->output - 1 - r->len);
		r->len += n > 0 ? (size_t)n : 0;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR) &&
	    !deadline_passed(r->until))
		return false;
	if (n == -1)
		r->why = "no name server answers";
	else
		read_addresses(r);
	resolve_end(r);
	return true;
}

void
resolve_end(struct resolve *r)
{
	if (r->child > 0) {
		(void)kill(r->child, SIGKILL);
		while (waitpid(r->child, NULL, 0) == -1 && errno == EINTR)
			continue;
	}
	if (r->child != 0)
		(void)close(r->from);
	r->child = 0;
}
