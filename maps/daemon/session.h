/* SPDX-License-Identifier: ISC */
/*
 * Whether a client's connection, which another process holds, is still open.
 * The system is asked about the socket, so nothing keeps it open meanwhile.
 * Linux only: elsewhere, and where the system may not be asked, nobody knows.
 */
#ifndef DAEMON_SESSION_H
#define DAEMON_SESSION_H

#include <sys/socket.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct session {
	struct sockaddr_storage local, peer;
	uint64_t inode, cookie;	/* the socket's: no later one has the same */
	pid_t pid;		/* the process that serves it at first, or -1 */
	bool known;		/* the system knows it */
};

enum session_state { SESSION_OPEN, SESSION_ENDED, SESSION_UNKNOWN };

/*
 * Describe the connection whose socket is CLIENT.  The process at the other end
 * of the UNIX socket SERVER serves it.  Return false, with errno, if CLIENT is no
 * TCP or UNIX socket.
 */
bool session_find(struct session *session, int client, int server);

/*
 * Return a descriptor that poll(2) reports as readable when SESSION's process has
 * ended, or -1 if there is none.  The caller closes it.
 */
int session_process(const struct session *session);

/*
 * Return whether SESSION's connection is open at both ends.  SESSION_UNKNOWN has
 * the reason in errno.
 */
enum session_state session_state(const struct session *session);

#endif
