/* SPDX-License-Identifier: ISC */
/*
 * One connection to the engine, Valkey or Redis, or to a Sentinel; the only
 * header behind which hiredis sends and receives.  Nothing here waits.
 */
#ifndef CLUSTER_ENGINE_H
#define CLUSTER_ENGINE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cluster-url.h"

/* So many questions may wait for their answers. */
#define ENGINE_ASKED_MAX 128

struct redisContext;
struct redisReply;
struct ssl_st;

/* Takes the answer to a question that was asked with TAG. */
typedef void engine_done(void *arg, const struct redisReply *reply,
    long long tag);

struct engine {
	void *arg;			/* for each engine_done */
	const char *tls_ca;		/* "": the system's */
	struct redisContext *c;		/* NULL: none */
	struct ssl_st *ssl;		/* NULL: none; it is C's */
	char name[CLUSTER_TEXT_BYTES];	/* the host's */
	bool tls;
	bool up;			/* the connection stands */
	bool talked;			/* it has answered something */
	bool unsent;
	long long active_at;		/* when it last answered, or was asked
					 * after it had answered all, in ms */
	size_t unanswered;		/* so many bytes are of no whole answer */
	struct { engine_done *done; long long tag; } asked[ENGINE_ASKED_MAX];
	unsigned int first, waiting;	/* of these, a ring */
	char why[CLUSTER_TEXT_BYTES];		/* why it was closed, encoded */
};

/* Begins to connect to HOST at its ADDRESS; when that fails, the engine is
 * closed. */
void engine_open(struct engine *e, const struct cluster_host *host,
    const char *address, bool tls);

/* Closes the connection, if there is one, and remembers the first WHY. */
void engine_close(struct engine *e, const char *why);

/* What poll(2) is to wait for; and what to do when it has. */
void engine_poll(const struct engine *e, struct pollfd *poll);

/*
 * Sends and takes what there is.  Every answer that is an error closes the
 * connection, with the engine's own words as the reason: nothing that is asked
 * expects one.  (What a script expects of its commands stands in
 * cluster/script.c.)  So does an answer that is too long or too deep, or a
 * silence of five seconds while something is asked.
 */
void engine_serve(struct engine *e, short ready);

/*
 * Asks, with ARGC words (LENGTHS may be NULL), and has DONE called with TAG.
 * On a closed connection, or a full one, which is closed then, does nothing.
 */
void engine_ask(struct engine *e, engine_done *done, long long tag,
    size_t argc, const char **argv, const size_t *lengths);

/* Returns true if REPLY is an array of strings, or an empty one. */
bool engine_texts(const struct redisReply *reply);

/* How many more questions may be asked now? */
unsigned int engine_room(const struct engine *e);

#endif
