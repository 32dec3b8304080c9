#include "cluster-engine.h"

#include <sys/socket.h>

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

#include "cluster-tls.h"
#include "files.h"

/* How long an answer may take, in milliseconds. */
#define PATIENCE 5000

/* No answer to what we ask is so long. */
#define ANSWER_MAX (32u * 1024 * 1024)

static long long
milliseconds(void)
{
	return deadline_in(0);
}

void
engine_close(struct engine *e, const char *why)
{
	if (e->c == NULL && e->why[0] != '\0')
		return;
	/* WHY may be a text of the context's. */
	(void)snprintf(e->why, sizeof e->why, "%s", why);
	if (e->c != NULL)
		redisFree(e->c);
	e->c = NULL;
	e->up = e->talked = e->unsent = false;
	e->waiting = 0;
}

void
engine_open(struct engine *e, const struct cluster_host *host, bool tls)
{
	e->host = *host;
	e->tls = tls;
	e->why[0] = '\0';
	e->heard = milliseconds();
	e->c = redisConnectNonBlock(host->name, (int)host->port);
	if (e->c == NULL)
		engine_close(e, "no memory");
	else if (e->c->err != 0)
		engine_close(e, e->c->errstr);
}

void
engine_poll(const struct engine *e, struct pollfd *poll)
{
	poll->fd = e->c == NULL ? -1 : e->c->fd;
	poll->events = POLLIN;
	/* What is to be said while TLS is agreed on is said when it is. */
	if (!e->up || (e->unsent && (e->talked || !e->tls)))
		poll->events |= POLLOUT;
	poll->revents = 0;
}

unsigned int
engine_room(const struct engine *e)
{
	return e->c == NULL ? 0 : ENGINE_DEPTH - e->waiting;
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
		engine_close(e, "too much is asked at once");
		return;
	}
	/* It had nothing to answer before. */
	if (e->waiting == 0 && e->up)
		e->heard = milliseconds();
	next = (e->first + e->waiting++) % ENGINE_DEPTH;
	e->asked[next].done = done;
	e->asked[next].tag = tag;
	e->unsent = true;
}

static void
stand(struct engine *e)
{
	socklen_t len = sizeof(int);
	const char *wrong;
	int error = 0;

	if (getsockopt(e->c->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0) {
		engine_close(e, strerror(error));
		return;
	}
	e->up = true;
	wrong = e->tls ? cluster_tls_begin(e->c, e->host.name, e->tls_ca) :
	    NULL;
	if (wrong != NULL)
		engine_close(e, wrong);
}

static void
give(struct engine *e, const redisReply *reply)
{
	engine_done *done = e->asked[e->first].done;
	long long tag = e->asked[e->first].tag;

	if (e->waiting == 0) {
		engine_close(e, "it says what nobody has asked");
		return;
	}
	e->talked = true;
	e->first = (e->first + 1) % ENGINE_DEPTH;
	e->waiting--;
	if (reply->type == REDIS_REPLY_ERROR)
		engine_close(e, reply->str);
	else
		done(e->arg, reply, tag);
}

static void
take(struct engine *e)
{
	void *reply = NULL;

	if (redisBufferRead(e->c) != REDIS_OK) {
		engine_close(e, e->c->errstr);
		return;
	}
	if (e->c->reader->len > ANSWER_MAX) {
		engine_close(e, "its answer is far too long");
		return;
	}
	while (e->c != NULL) {
		if (redisGetReplyFromReader(e->c, &reply) != REDIS_OK) {
			engine_close(e, e->c->errstr);
			return;
		}
		if (reply == NULL)
			return;
		e->heard = milliseconds();
		give(e, reply);
		freeReplyObject(reply);
	}
}

static void
send_rest(struct engine *e)
{
	int done = 0;

	if (redisBufferWrite(e->c, &done) != REDIS_OK)
		engine_close(e, e->c->errstr);
	else
		e->unsent = done == 0;
}

void
engine_serve(struct engine *e, short ready)
{
	if (e->c != NULL && !e->up && ready != 0)
		stand(e);
	if (e->c != NULL && e->up && (ready & ~POLLOUT) != 0)
		take(e);
	if (e->c != NULL && e->up && e->unsent)
		send_rest(e);
	if (e->c != NULL && (e->waiting > 0 || !e->up) &&
	    milliseconds() - e->heard > PATIENCE)
		engine_close(e, "it does not answer");
}
