/* SPDX-License-Identifier: ISC */
/* A connection of a client: the bytes of its requests, and the replies that it
 * must read before more requests are read. */
#ifndef RESPONDER_CONNECTION_H
#define RESPONDER_CONNECTION_H

#include <sys/queue.h>

#include "responder/answer.h"
#include "base/netstring.h"

struct connection {
	TAILQ_ENTRY(connection) next, of_account;	/* see accounts.h */
	struct client_account *account;
	int fd;			/* non-blocking */
	bool names;		/* it may get names of users */
	bool fresh;		/* it has not been served yet */
	bool closing;		/* no more requests are read from it */
	long long active;	/* when it last got a reply, in seconds */
	size_t in_len, out_len;
	char in[SOCKETMAP_REQUEST_BYTES + NETSTRING_FRAME_BYTES];
	char out[2 * (SOCKETMAP_REPLY_BYTES + NETSTRING_FRAME_BYTES)];
};

/* Read what has arrived, without waiting.  Return false if CONNECTION is to be
 * closed. */
bool connection_take(struct connection *connection);

/*
 * Answer all whole requests and send as much as CONNECTION takes, without
 * waiting.  Set *ANSWERED if it has taken the replies to all of them.  A request
 * that is no netstring, or is cut by the end of the connection, gets one reply.
 * Return false if CONNECTION is to be closed.
 */
bool connection_answer(struct connection *connection, struct reader *reader,
    bool *answered);

#endif
