/* SPDX-License-Identifier: ISC */
/*
 * One connection to the engine (Valkey or Redis) or to a Sentinel.  No other part
 * sends or receives through hiredis.  No function here waits.
 */
#ifndef CLUSTER_ENGINE_H
#define CLUSTER_ENGINE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cluster-url.h"

/* The most commands that may await their replies. */
#define ENGINE_ASKED_MAX 128

struct redisContext;
struct redisReply;
struct ssl_st;

/* Handle the reply to a command that was sent with TAG. */
typedef void engine_done(void *arg, const struct redisReply *reply,
    long long tag);

struct engine {
	void *arg;			/* for each engine_done */
	const char *tls_ca;		/* "": the system's */
	struct redisContext *c;		/* NULL: none */
	struct ssl_st *ssl;		/* NULL: none; owned by C */
	char name[CLUSTER_TEXT_BYTES];	/* the host's */
	bool tls;
	bool up;			/* the connection is open */
	bool talked;			/* it has sent a reply */
	bool unsent;
	long long active_at;		/* in ms: the last reply, or the first
					 * command after all were answered */
	size_t partial_bytes;		/* bytes of a reply that is not complete */
	struct { engine_done *done; long long tag; } asked[ENGINE_ASKED_MAX];
	unsigned int first, waiting;	/* asked[] is a ring */
	char why[CLUSTER_TEXT_BYTES];		/* why it was closed, encoded */
};

/* Begin to connect to HOST at its ADDRESS.  A failure closes the engine. */
void engine_open(struct engine *e, const struct cluster_host *host,
    const char *address, bool tls);

/* Close the connection, if it is open, and keep the first WHY. */
void engine_close(struct engine *e, const char *why);

/* Set POLL to the events that poll(2) has to wait for. */
void engine_poll(const struct engine *e, struct pollfd *poll);

/*
 * Send and receive as much as possible without waiting; READY is what poll(2)
 * found.  A reply that is an error closes the connection, with the engine's message
 * as the reason: no command here expects an error.  (The errors that a script
 * expects stand in cluster/script.c.)  The connection is also closed by a reply that
 * is too long or too deep, and if a reply takes longer than five seconds.
 */
void engine_serve(struct engine *e, short ready);

/*
 * Send a command of ARGC words ARGV; LENGTHS may be NULL.  DONE is called with the
 * reply and TAG.  Does nothing if the connection is closed.  Closes the connection
 * if too many commands await their replies.
 */
void engine_ask(struct engine *e, engine_done *done, long long tag,
    size_t argc, const char **argv, const size_t *lengths);

/* Return whether REPLY is an array of strings, or an empty array. */
bool engine_texts(const struct redisReply *reply);

/* Return how many more commands may be sent now. */
unsigned int engine_room(const struct engine *e);

#endif
