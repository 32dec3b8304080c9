/* SPDX-License-Identifier: ISC */
/* Whether a connection that another process holds is still open. */
#define _GNU_SOURCE		/* unshare(2) */
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/session.h"
#include "tap.h"

/* Connect two sockets over loopback: PAIR[0] is the server's. */
static bool
tcp_pair(int family, int pair[2])
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} name;
	socklen_t len = sizeof name;
	int listener = socket(family, SOCK_STREAM, 0);

	memset(&name, 0, sizeof name);
	name.any.sa_family = (sa_family_t)family;
	if (family == AF_INET6)
		name.six.sin6_addr = in6addr_loopback;
	else
		name.four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, &name.any, sizeof name) == -1 ||
	    listen(listener, 1) == -1 ||
	    getsockname(listener, &name.any, &len) == -1)
		return false;
	pair[1] = socket(family, SOCK_STREAM, 0);
	if (connect(pair[1], &name.any, len) == -1)
		return false;
	pair[0] = accept(listener, NULL, NULL);
	return close(listener) == 0 && pair[0] != -1;
}

static void
test_pair(int pair[2], const char *what)
{
	struct session session;
	int copy = dup(pair[0]);

	(void)printf("# %s\n", what);
	ok(session_find(&session, pair[0], -1), "a connection is described");
	is_int(session_state(&session), SESSION_OPEN, "  it is open");
	(void)close(pair[0]);
	is_int(session_state(&session), SESSION_OPEN,
	    "  open, as long as one process has it");
	(void)close(copy);
	is_int(session_state(&session), SESSION_ENDED, "  then it has ended");
	(void)close(pair[1]);
}

static void
test_left(void)
{
	struct session session;
	int pair[2];

	ok(tcp_pair(AF_INET, pair), "a connection over TCP");
	ok(session_find(&session, pair[0], -1), "  is described");
	(void)close(pair[1]);
	is_int(session_state(&session), SESSION_ENDED,
	    "  it has ended when the client has left");
	(void)close(pair[0]);
}

static void
test_later(void)
{
	struct session session;
	int pair[2];

	ok(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 &&
	    session_find(&session, pair[0], -1), "a pair of sockets");
	session.cookie++;
	is_int(session_state(&session), SESSION_ENDED,
	    "a later socket with the same inode is another connection");
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void
test_process(void)
{
	struct session session;
	struct pollfd poll_fd = { .events = POLLIN };
	int pair[2];
	pid_t pid;

	ok(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 &&
	    session_find(&session, pair[0], pair[1]), "a pair of sockets");
	is_int(session.pid, getpid(), "  the process at the other end is known");
	pid = fork();
	if (pid == 0) {
		(void)close(pair[1]);
		(void)read(pair[0], &session, 1);
		_exit(0);
	}
	session.pid = pid;
	poll_fd.fd = session_process(&session);
	ok(poll_fd.fd != -1, "a process can be watched");
	is_int(poll(&poll_fd, 1, 0), 0, "  while it runs, nothing is reported");
	(void)close(pair[1]);
	(void)close(pair[0]);
	is_int(poll(&poll_fd, 1, 60000), 1, "  its end is");
	(void)waitpid(pid, NULL, 0);
	is_int(session_process(&session), -1,
	    "a process that has ended cannot be watched");
}

/* Enter another network namespace.  A user who is not root needs a user namespace
 * for that, which some systems do not permit. */
static bool
leave_network(void)
{
	return unshare(CLONE_NEWNET) == 0 ||
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

/* As where the kernel lacks tcp_diag.  This process has another network namespace
 * afterwards. */
static void
test_unknown(void)
{
	const char *ci = getenv("CI");
	struct session session;
	int pair[2];

	ok(tcp_pair(AF_INET, pair), "a connection over TCP");
	if (!leave_network()) {
		(void)printf("# no network namespace: %s\n", strerror(errno));
		ok(errno == EPERM && (ci == NULL || strcmp(ci, "true") != 0),
		    "  cannot be tested without privileges, unless in CI");
		return;
	}
	ok(session_find(&session, pair[0], -1),
	    "a connection that the system does not know is described");
	is_int(session_state(&session), SESSION_UNKNOWN,
	    "  but nobody knows whether it has ended");
}

int
main(void)
{
	struct session session;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0)
		test_pair(pair, "UNIX sockets");
	if (tcp_pair(AF_INET, pair))
		test_pair(pair, "IPv4");
	if (tcp_pair(AF_INET6, pair))
		test_pair(pair, "IPv6");
	test_left();
	test_later();
	test_process();
	ok(pipe(pair) == 0 && !session_find(&session, pair[0], -1),
	    "a pipe is no connection");
	test_unknown();
	return tap_done();
}
