/* SPDX-License-Identifier: ISC */
/* One client of the responder: its bytes, and the answers that it has to
 * take before it is asked for more. */
#ifndef RESPONDER_CONNECTION_H
#define RESPONDER_CONNECTION_H

#include <sys/queue.h>

#include "responder/answer.h"
#include "base/netstring.h"

struct connection {
	TAILQ_ENTRY(connection) next, of_peer;	/* see responder/peers.h */
	struct peer *peer;
	int fd;			/* non-blocking */
	bool names;		/* it may ask for users */
	bool fresh;		/* it has not had a turn yet */
	bool over;		/* it has said all it will, or no netstring */
	long long active;	/* when it last had an answer, in seconds */
	size_t in_len, out_len;
	char in[SOCKETMAP_REQUEST_BYTES + NETSTRING_FRAME_BYTES];
	char out[2 * (SOCKETMAP_REPLY_BYTES + NETSTRING_FRAME_BYTES)];
};

/* Reads what there is, without waiting.  False: it is to be closed. */
bool connection_take(struct connection *connection);

/*
 * Answers what is whole, and writes as much as CONNECTION takes, without
 * waiting.  Sets *ANSWERED when it has taken the answers to all that it asked.
 * A frame that is no netstring, or is cut short by the client's end, has one
 * reply.  False: it is to be closed.
 */
bool connection_answer(struct connection *connection, struct reader *reader,
    bool *answered);

#endif
