/* SPDX-License-Identifier: ISC */
#include "cluster/stream.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cluster/blocks.h"
#include "cluster/script.h"
#include "cluster/store.h"

/* So many changes come at once, and so long (ms) we let it wait for one. */
#define COUNT "500"
#define BLOCK "2000"

/* Sooner than so many milliseconds, nobody has waited for a change. */
#define HURRY_MS 100

#define UNREADABLE "it does not tell its changes"

/* The words of a change: their names stand before them. */
enum word { WORD_HOST, WORD_NUMBER, WORD_OP, WORD_KEY, WORD_VALUE, WORDS };

static void
stream_name(const struct cluster *cl, char name[CLUSTER_PREFIX_BYTES + 8])
{
	(void)snprintf(name, CLUSTER_PREFIX_BYTES + 8, "%schanges",
	    cl->am->config.cluster_prefix);
}

/* Finds the words of a change in the ten of its FIELDS. */
static bool
read_words(const redisReply *fields, const redisReply *word[WORDS])
{
	static const char names[] = "hnokv";

	if (fields->type != REDIS_REPLY_ARRAY || fields->elements != 2 * WORDS)
		return false;
	for (size_t i = 0; i < WORDS; i++) {
		const redisReply *name = fields->element[2 * i];

		word[i] = fields->element[2 * i + 1];
		if (name->type != REDIS_REPLY_STRING || name->len != 1 ||
		    name->str[0] != names[i] ||
		    word[i]->type != REDIS_REPLY_STRING)
			return false;
	}
	return true;
}

/* Its id is the last that we know of; false: it is none. */
static bool
read_id(struct cluster *cl, const redisReply *item)
{
	return item->type == REDIS_REPLY_ARRAY && item->elements == 2 &&
	    item->element[0]->type == REDIS_REPLY_STRING &&
	    item->element[1] != NULL &&
	    strlcpy(cl->last, item->element[0]->str, sizeof cl->last) <
	    sizeof cl->last;
}

static unsigned long long
read_number(const redisReply *word)
{
	const char *wrong;
	long long number = strtonum(word->str, 1, 999999999999999LL, &wrong);

	return wrong == NULL ? (unsigned long long)number : 0;
}

static void
take(struct cluster *cl, const redisReply *const word[WORDS])
{
	const redisReply *key = word[WORD_KEY], *value = word[WORD_VALUE];
	const char *op = word[WORD_OP]->str;

	if (strcmp(word[WORD_HOST]->str, cl->host) == 0)
		return;
	if (strcmp(op, "b") == 0)
		cluster_blocks_take(cl, value->str, value->len);
	else if (strcmp(op, "+") == 0 || strcmp(op, "=") == 0)
		cluster_take(cl, op[0], key->str, key->len, value->str,
		    value->len);
	else
		cluster_refuse(cl, op, word[WORD_OP]->len, "no change");
}

static void
hear(struct cluster *cl, const redisReply *item)
{
	const redisReply *word[WORDS];
	unsigned long long number;

	if (!read_id(cl, item)) {
		cl->missed = true;
		return;
	}
	if (!read_words(item->element[1], word)) {
		cluster_refuse(cl, cl->last, strlen(cl->last), "no change");
		return;
	}
	number = read_number(word[WORD_NUMBER]);
	take(cl, word);
	if (number != cl->number + 1)
		cl->missed = true;
	cl->number = number;
}

/*
 * [[name, [item, ...]]], or nothing when none came: an engine that does not wait
 * for one is not asked in a hurry.
 */
static void
on_changes(void *arg, const redisReply *reply, long long tag)
{
	struct cluster *cl = arg;
	const redisReply *stream, *items;

	(void)tag;
	cl->hearing = false;
	if (deadline_in(0) - cl->hear.heard < HURRY_MS)
		cl->hear_at = deadline_in(HURRY_MS);
	if (reply->type == REDIS_REPLY_NIL ||
	    (reply->type == REDIS_REPLY_ARRAY && reply->elements == 0))
		return;
	stream = reply->type == REDIS_REPLY_ARRAY ? reply->element[0] : NULL;
	if (stream == NULL || stream->type != REDIS_REPLY_ARRAY ||
	    stream->elements != 2 ||
	    stream->element[1]->type != REDIS_REPLY_ARRAY) {
		engine_close(&cl->hear, UNREADABLE);
		return;
	}
	items = stream->element[1];
	if (items->elements > 0)
		cl->hear_at = 0;
	for (size_t i = 0; i < items->elements && cl->hear.c != NULL; i++)
		hear(cl, items->element[i]);
}

/* Is it [id, number] of the last one? */
static bool
tail_is(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	    reply->element[0]->type == REDIS_REPLY_STRING &&
	    reply->element[1]->type == REDIS_REPLY_STRING;
}

static void
on_tail(void *arg, const redisReply *reply, long long tag)
{
	struct cluster *cl = arg;

	(void)tag;
	if (!tail_is(reply) || strlcpy(cl->last, reply->element[0]->str,
	    sizeof cl->last) >= sizeof cl->last) {
		engine_close(&cl->ask, UNREADABLE);
		return;
	}
	cl->number = read_number(reply->element[1]);
	cl->placed = true;
	cl->looking = false;
	cl->soon = true;
}

void
cluster_stream_begin(struct cluster *cl)
{
	const char *write = "write";

	cluster_run(cl, SCRIPT_TAIL, on_tail, 0, 1, &write);
}

/*
 * How many changes there were.  Have we heard nothing since the last time, and
 * are behind now as then, we have missed some, or the engine was emptied.
 */
static void
on_number(void *arg, const redisReply *reply, long long tag)
{
	struct cluster *cl = arg;
	unsigned long long number;

	(void)tag;
	if (!tail_is(reply)) {
		engine_close(&cl->ask, UNREADABLE);
		return;
	}
	number = read_number(reply->element[1]);
	if (cl->behind && number != cl->number && cl->number == cl->checked)
		cl->missed = true;
	cl->behind = number != cl->number;
	cl->checked = cl->number;
}

void
cluster_stream_check(struct cluster *cl)
{
	cluster_run(cl, SCRIPT_TAIL, on_number, 0, 0, NULL);
}

/* Also while we compare: in whatever order all comes, the same comes of it. */
void
cluster_stream_turn(struct cluster *cl)
{
	char name[CLUSTER_PREFIX_BYTES + 8];
	const char *words[] = { "XREAD", "COUNT", COUNT, "BLOCK", BLOCK,
	    "STREAMS", name, cl->last };

	if (!deadline_over(cl->hear_at))
		return;
	if (!cluster_connected(cl) || !cl->placed || cl->hearing ||
	    cluster_store_full(cl))
		return;
	stream_name(cl, name);
	engine_ask(&cl->hear, on_changes, 0, 8, words, NULL);
	cl->hearing = true;
}
