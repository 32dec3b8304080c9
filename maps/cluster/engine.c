/* SPDX-License-Identifier: ISC */
#include "cluster/engine.h"

#include <sys/socket.h>

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cluster/tls.h"
#include "base/safefile.h"
#include "base/log.h"

/* How long a reply may take. */
#define PATIENCE_MS 5000

/*
 * Bounds of a reply.  The longest valid ones have 500 changes, or 250 keys with
 * their values; they stay far below these bounds.
 */
#define ANSWER_MAX_BYTES (4u * 1024 * 1024)
#define PARTS_MAX (64 * 1024)
#define DEPTH_MAX 8

void
engine_close(struct engine *e, const char *why)
{
	if (e->c == NULL && e->why[0] != '\0')
		return;
	/* WHY may come from hiredis or from the engine. */
	(void)encode_text(why, e->why, sizeof e->why);
	if (e->c != NULL)
		redisFree(e->c);
	e->c = NULL;
	e->ssl = NULL;
	e->up = e->talked = e->unsent = false;
	e->waiting = 0;
}

#if HIREDIS_MAJOR < 1
typedef int parts;
#else
typedef size_t parts;
#endif

static redisReplyObjectFunctions bounded;
static void *(*make_array)(const redisReadTask *, parts);

/* Refuse an array that is larger, or nested deeper, than a valid reply, before
 * memory is allocated for it: hiredis frees nested parts by recursion. */
static void *
make_bounded_array(const redisReadTask *task, parts count)
{
	unsigned int depth = 0;

	for (const redisReadTask *in = task->parent; in != NULL;
	    in = in->parent)
		depth++;
	if (depth > DEPTH_MAX || count > PARTS_MAX)
		return NULL;
	return make_array(task, count);
}

static void
limit_replies(redisReader *reader)
{
	make_array = reader->fn->createArray;
	bounded = *reader->fn;
	bounded.createArray = make_bounded_array;
	reader->fn = &bounded;
}

void
engine_open(struct engine *e, const struct cluster_host *host,
    const char *address, bool tls)
{
	(void)strlcpy(e->name, host->name, sizeof e->name);
	e->tls = tls;
	e->partial_bytes = 0;
	e->why[0] = '\0';
	e->active_at = deadline_in(0);
	e->c = redisConnectNonBlock(address, (int)host->port);
	if (e->c == NULL)
		engine_close(e, "no memory");
	else if (e->c->err != 0)
		engine_close(e, e->c->errstr);
	else
		limit_replies(e->c->reader);
}

void
engine_poll(const struct engine *e, struct pollfd *poll)
{
	poll->fd = e->c == NULL ? -1 : e->c->fd;
	poll->events = POLLIN;
	/* Commands are sent after the TLS handshake. */
	if (!e->up || (e->unsent && (e->talked || !e->tls)))
		poll->events |= POLLOUT;
	poll->revents = 0;
}

unsigned int
engine_room(const struct engine *e)
{
	return e->c == NULL ? 0 : ENGINE_ASKED_MAX - e->waiting;
}

bool
engine_texts(const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ARRAY)
		return false;
	for (size_t i = 0; i < reply->elements; i++)
		if (reply->element[i]->type != REDIS_REPLY_STRING)
			return false;
	return true;
}

void
engine_ask(struct engine *e, engine_done *done, long long tag, size_t argc,
    const char **argv, const size_t *lengths)
{
	unsigned int next;

	if (e->c == NULL)
		return;
	if (engine_room(e) == 0 || redisAppendCommandArgv(e->c, (int)argc,
	    argv, lengths) != REDIS_OK) {
		engine_close(e, "too many commands await replies");
		return;
	}
	/* All earlier commands were answered: the time limit begins now. */
	if (e->waiting == 0 && e->up)
		e->active_at = deadline_in(0);
	next = (e->first + e->waiting++) % ENGINE_ASKED_MAX;
	e->asked[next].done = done;
	e->asked[next].tag = tag;
	e->unsent = true;
}

static void
finish_connecting(struct engine *e)
{
	socklen_t len = sizeof(int);
	char wrong[CLUSTER_TEXT_BYTES];
	int error = 0;

	if (getsockopt(e->c->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0) {
		engine_close(e, strerror(error));
		return;
	}
	e->up = true;
	if (e->tls && !cluster_tls_begin(e->c, e->name, e->tls_ca, &e->ssl,
	    wrong, sizeof wrong))
		engine_close(e, wrong);
}

/* Close a broken connection for the reason that hiredis or TLS gives. */
static void
close_broken(struct engine *e)
{
	char why[CLUSTER_TEXT_BYTES];

	if (e->ssl != NULL && cluster_tls_wrong(e->ssl, why, sizeof why))
		engine_close(e, why);
	else if (strcmp(e->c->errstr, strerror(0)) == 0)
		engine_close(e, "it closed the connection");
	else
		engine_close(e, e->c->errstr);
}

/* Return the error in REPLY or in a part of it, or NULL if there is none. */
static const char *
error_of(const redisReply *reply)
{
	if (reply->type == REDIS_REPLY_ERROR)
		return reply->str;
	if (reply->type != REDIS_REPLY_ARRAY)
		return NULL;
	for (size_t i = 0; i < reply->elements; i++)
		if (reply->element[i]->type == REDIS_REPLY_ERROR)
			return reply->element[i]->str;
	return NULL;
}

static void
hand_out(struct engine *e, const redisReply *reply)
{
	const char *error = error_of(reply);
	engine_done *done = e->asked[e->first].done;
	long long tag = e->asked[e->first].tag;

	if (e->waiting == 0) {
		engine_close(e, "it sent a reply without a command");
		return;
	}
	e->talked = true;
	e->first = (e->first + 1) % ENGINE_ASKED_MAX;
	e->waiting--;
	if (error != NULL)
		engine_close(e, error);
	else
		done(e->arg, reply, tag);
}

/* Read what has arrived, without waiting. */
static void
read_socket(struct engine *e)
{
	size_t had = e->c->reader->len;

	errno = 0;
	if (redisBufferRead(e->c) != REDIS_OK) {
		close_broken(e);
		return;
	}
	e->partial_bytes += e->c->reader->len - had;
	if (e->partial_bytes > ANSWER_MAX_BYTES)
		engine_close(e, "its answer is too long");
}

static void
read_replies(struct engine *e)
{
	void *reply = NULL;

	read_socket(e);
	while (e->c != NULL) {
		if (redisGetReplyFromReader(e->c, &reply) != REDIS_OK) {
			engine_close(e, e->c->err == REDIS_ERR_OOM ?
			    "its answer is too long" : e->c->errstr);
			return;
		}
		if (reply == NULL)
			return;
		e->partial_bytes = 0;
		hand_out(e, reply);
		e->active_at = deadline_in(0);
		freeReplyObject(reply);
	}
}

static void
send_rest(struct engine *e)
{
	int done = 0;

	errno = 0;
	if (redisBufferWrite(e->c, &done) != REDIS_OK)
		close_broken(e);
	else
		e->unsent = done == 0;
}

void
engine_serve(struct engine *e, short ready)
{
	if (e->c != NULL && !e->up && ready != 0)
		finish_connecting(e);
	if (e->c != NULL && e->up && (ready & ~POLLOUT) != 0)
		read_replies(e);
	if (e->c != NULL && e->up && e->unsent)
		send_rest(e);
	if (e->c != NULL && (e->waiting > 0 || !e->up) &&
	    deadline_in(0) - e->active_at > PATIENCE_MS)
		engine_close(e, e->ssl != NULL && !e->talked ?
		    "it does not answer over TLS" : "it does not answer");
}
