/* SPDX-License-Identifier: ISC */
#include "cluster/stream.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cluster/blocks.h"
#include "cluster/entry.h"
#include "cluster/receive.h"
#include "cluster/script.h"

/* The most changes in a reply, and how long the engine waits for a change. */
#define READ_COUNT "500"
#define READ_BLOCK_MS "2000"

/* If the engine answered sooner than this, it did not wait: pause this long. */
#define REREAD_MS 100

#define STREAM_NOT_VALID "its answer about changes is not valid"

/* The values of a change.  In the stream, a name precedes each value. */
enum word { WORD_HOST, WORD_NUMBER, WORD_OP, WORD_KEY, WORD_VALUE, WORDS };

static void
stream_name(const struct cluster *cl, char name[CLUSTER_PREFIX_BYTES + 8])
{
	(void)snprintf(name, CLUSTER_PREFIX_BYTES + 8, "%schanges",
	    cl->am->config.cluster_prefix);
}

/* Find the values of a change among its ten FIELDS. */
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

/* Note the id of ITEM as the last one read.  Return false if it has none. */
static bool
read_id(struct cluster *cl, const redisReply *item)
{
	return item->type == REDIS_REPLY_ARRAY && item->elements == 2 &&
	    item->element[0]->type == REDIS_REPLY_STRING &&
	    item->element[1] != NULL &&
	    strlcpy(cl->last_id, item->element[0]->str, sizeof cl->last_id) <
	    sizeof cl->last_id;
}

static unsigned long long
read_number(const redisReply *word)
{
	const char *wrong;
	long long number = strtonum(word->str, 1, 999999999999999LL, &wrong);

	return wrong == NULL ? (unsigned long long)number : 0;
}

static void
apply_change(struct cluster *cl, const redisReply *const word[WORDS])
{
	const redisReply *key = word[WORD_KEY], *value = word[WORD_VALUE];
	const char *op = word[WORD_OP]->str;

	if (strcmp(word[WORD_HOST]->str, cl->host) == 0)
		return;
	if (strcmp(op, "b") == 0)
		cluster_blocks_receive(cl, value->str, value->len);
	else if (strcmp(op, "+") == 0 || strcmp(op, "=") == 0)
		cluster_receive_entry(cl, op[0], key->str, key->len, value->str,
		    value->len);
	else
		cluster_reject(cl, op, word[WORD_OP]->len, "is not a change");
}

static void
read_item(struct cluster *cl, const redisReply *item)
{
	const redisReply *word[WORDS];
	unsigned long long number;

	if (!read_id(cl, item)) {
		cl->gap = true;
		return;
	}
	if (!read_words(item->element[1], word)) {
		cluster_reject(cl, cl->last_id, strlen(cl->last_id), "is not a "
		    "change");
		return;
	}
	number = read_number(word[WORD_NUMBER]);
	apply_change(cl, word);
	if (number != cl->last_number + 1)
		cl->gap = true;
	cl->last_number = number;
}

/*
 * Handle the reply: [[name, [item, ...]]], or nothing if there was no change.  If
 * the engine did not wait for a change, pause before asking again.
 */
static void
on_changes(void *arg, const redisReply *reply, long long tag)
{
	struct cluster *cl = arg;
	const redisReply *stream, *items;

	(void)tag;
	cl->read_pending = false;
	if (deadline_in(0) - cl->changes.active_at < REREAD_MS)
		cl->read_at = deadline_in(REREAD_MS);
	if (reply->type == REDIS_REPLY_NIL ||
	    (reply->type == REDIS_REPLY_ARRAY && reply->elements == 0))
		return;
	stream = reply->type == REDIS_REPLY_ARRAY ? reply->element[0] : NULL;
	if (stream == NULL || stream->type != REDIS_REPLY_ARRAY ||
	    stream->elements != 2 ||
	    stream->element[1]->type != REDIS_REPLY_ARRAY) {
		engine_close(&cl->changes, STREAM_NOT_VALID);
		return;
	}
	items = stream->element[1];
	if (items->elements > 0)
		cl->read_at = 0;
	for (size_t i = 0; i < items->elements && cl->changes.c != NULL; i++)
		read_item(cl, items->element[i]);
}

/* Return whether REPLY is [id, number]: the last id, and the number of changes. */
static bool
is_tail(const redisReply *reply)
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
	if (!is_tail(reply) || strlcpy(cl->last_id, reply->element[0]->str,
	    sizeof cl->last_id) >= sizeof cl->last_id) {
		engine_close(&cl->commands, STREAM_NOT_VALID);
		return;
	}
	cl->last_number = read_number(reply->element[1]);
	cl->located = true;
	cl->scan_pending = false;
	cl->busy = true;
}

void
cluster_stream_locate(struct cluster *cl)
{
	const char *write = "write";

	cluster_run_script(cl, SCRIPT_TAIL, on_tail, 0, 1, &write);
}

/*
 * Handle the reply: the number of changes in the engine.  If it differs from that of
 * this host at two checks, and no change was read in between, changes were missed
 * or the engine was emptied: reconcile.
 */
static void
on_number(void *arg, const redisReply *reply, long long tag)
{
	struct cluster *cl = arg;
	unsigned long long number;

	(void)tag;
	if (!is_tail(reply)) {
		engine_close(&cl->commands, STREAM_NOT_VALID);
		return;
	}
	number = read_number(reply->element[1]);
	if (cl->behind && number != cl->last_number &&
	    cl->last_number == cl->checked_number)
		cl->gap = true;
	cl->behind = number != cl->last_number;
	cl->checked_number = cl->last_number;
}

void
cluster_stream_check(struct cluster *cl)
{
	cluster_run_script(cl, SCRIPT_TAIL, on_number, 0, 0, NULL);
}

/* Read also while reconciling: the order in which changes come does not matter. */
void
cluster_stream_turn(struct cluster *cl)
{
	char name[CLUSTER_PREFIX_BYTES + 8];
	const char *words[] = { "XREAD", "COUNT", READ_COUNT, "BLOCK", READ_BLOCK_MS,
	    "STREAMS", name, cl->last_id };

	if (!deadline_passed(cl->read_at))
		return;
	if (!cluster_connected(cl) || !cl->located || cl->read_pending ||
	    cluster_receive_full(cl))
		return;
	stream_name(cl, name);
	engine_ask(&cl->changes, on_changes, 0, 8, words, NULL);
	cl->read_pending = true;
}
