/* SPDX-License-Identifier: ISC */
#include "cluster/blocks.h"

#include <ctype.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "../sweeper/sweep.h"
#include "cluster/script.h"
#include "cluster/store.h"

/* More blocks than this are not accepted from other hosts, nor are more than half
 * of what relay.blocks may have: the rest is for this host's administrator. */
#define BLOCKS_COUNT_MAX 8192
#define BLOCKS_SHARED_BYTES (BLOCKS_MAX_BYTES / 2)

/* So many are told at once. */
#define BATCH_MAX 50

/* All that was told is there; a few were newer. */
static void
on_told(void *arg, const redisReply *reply, long long tag)
{
	struct cluster *cl = arg;

	(void)tag;
	if (!engine_texts(reply)) {
		engine_close(&cl->ask, "it does not tell what it stored");
		return;
	}
	for (size_t i = 0; i < reply->elements; i++)
		cluster_blocks_take(cl, reply->element[i]->str,
		    reply->element[i]->len);
}

/* The same for all that are the same: a user's name in either case, a network
 * however it is written. */
static void
name_block(const struct block *block, char name[RECORD_SIZE])
{
	const struct network *network = &block->network;
	char text[AUTHMAP_ADDRESS_SIZE];

	if (!block->user) {
		address_key(&network->base, 128, text);
		(void)snprintf(name, RECORD_SIZE, "network:%s/%u", text,
		    network->bits);
		return;
	}
	(void)snprintf(name, RECORD_SIZE, "user:%s", block->what);
	for (char *c = name; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
}

/* Tells the next of them. */
static void
tell(struct cluster *cl)
{
	static char names[BATCH_MAX][RECORD_SIZE], lines[BATCH_MAX][RECORD_SIZE];
	const char *words[2 * BATCH_MAX];
	const struct blocks *blocks = cl->am->blocks;
	time_t then = cl->am->clock(NULL) - BLOCK_MEMORY_SECS;
	size_t n = 0;

	while (n < BATCH_MAX && cl->block_next < blocks->count) {
		const struct block *block = &blocks->list[cl->block_next++];

		if (block_over(block, then))
			continue;
		name_block(block, names[n]);
		block_encode(block, lines[n]);
		words[2 * n] = names[n];
		words[2 * n + 1] = lines[n];
		n++;
	}
	if (n > 0)
		cluster_run(cl, SCRIPT_BLOCK, on_told, 0, 2 * n, words);
}

/* NULL, or why LINE, LEN bytes that are cut up, is no block that we take. */
static const char *
line_wrong(const struct cluster *cl, char *line, size_t len,
    struct block *block)
{
	if (!block_decode(line, len, block))
		return "no block";
	/* What closes is believed also where our own clock is behind. */
	if (block->since > cl->am->clock(NULL) + RECORD_SLACK_SECS +
	    (cl->ahead > 0 ? cl->ahead : 0))
		return "it comes from the future: a clock is wrong there";
	return NULL;
}

static size_t
room_of(const struct block *list, size_t count)
{
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += strlen(list[i].what) + RECORD_TIMES_BYTES + 10;
	return bytes;
}

static bool
too_many(const struct cluster *cl)
{
	const struct blocks *blocks = cl->am->blocks;

	return cl->heard_count + blocks->count >= BLOCKS_COUNT_MAX ||
	    room_of(cl->heard, cl->heard_count) +
	    room_of(blocks->list, blocks->count) >= BLOCKS_SHARED_BYTES;
}

/* Keeps a copy of BLOCK in the place of one of the same, or as one more. */
static void
hear(struct cluster *cl, const struct block *block)
{
	const struct block *old = block_find(cl->heard, cl->heard_count, block);
	size_t at = old == NULL ? cl->heard_count : (size_t)(old - cl->heard);
	struct block *grown = old != NULL ? cl->heard :
	    reallocarray(cl->heard, cl->heard_count + 1, sizeof *grown);
	char *what = strdup(block->what);

	if (grown != NULL)
		cl->heard = grown;
	if (grown == NULL || what == NULL) {
		free(what);
		cluster_disconnect(cl, "no memory for what is blocked");
		return;
	}
	if (at == cl->heard_count)
		cl->heard_count++;
	else
		free(grown[at].what);
	grown[at] = *block;
	grown[at].what = what;
}

void
cluster_blocks_take(struct cluster *cl, const char *text, size_t len)
{
	time_t then = cl->am->clock(NULL) - BLOCK_MEMORY_SECS;
	char line[RECORD_SIZE];
	const struct block *known;
	struct block block;
	const char *wrong = "no block";

	if (len < sizeof line && memchr(text, '\0', len) == NULL) {
		memcpy(line, text, len);
		line[len] = '\0';
		wrong = line_wrong(cl, line, len, &block);
	}
	if (wrong == NULL && blocks_renew(cl->am) != NULL) {
		/* A line is to be mended first. */
		cl->blocks_missed = true;
		return;
	}
	if (wrong == NULL) {
		known = block_find(cl->heard, cl->heard_count, &block);
		if (known == NULL)
			known = block_find(cl->am->blocks->list,
			    cl->am->blocks->count, &block);
		if (known != NULL ? !block_wins(&block, known) :
		    block_over(&block, then))
			return;
		if (known == NULL && too_many(cl))
			wrong = "too many are blocked";
	}
	if (wrong != NULL)
		cluster_refuse(cl, text, len, wrong);
	else
		hear(cl, &block);
}

/* Logs what comes of BLOCK; does it block somebody? */
static bool
say(const struct cluster *cl, const struct block *block)
{
	const struct blocks *blocks = cl->am->blocks;
	const struct block *old = block_find(blocks->list, blocks->count, block);
	time_t now = cl->am->clock(NULL);
	bool was = old != NULL && !block_over(old, now);
	bool is = !block_over(block, now);

	if (was != is)
		log_say(&cl->am->log, LOG_INFO, "%s %s %s, as on another "
		    "host", is ? "blocked" : "unblocked",
		    block->user ? "user" : "network",
		    ENCODED(block->what, 512));
	return is;
}

/* Blocks, lifts, and takes away whom that concerns. */
static void
merge(struct cluster *cl)
{
	struct sweep sweep = { .scanned_at = 0 };
	struct sweep_report report;
	bool added = false;

	for (size_t i = 0; i < cl->heard_count; i++)
		added = say(cl, &cl->heard[i]) || added;
	if (block_merge(cl->am, cl->heard, cl->heard_count) == -1)
		cluster_disconnect(cl, "what is blocked cannot be stored");
	for (size_t i = 0; i < cl->heard_count; i++)
		free(cl->heard[i].what);
	free(cl->heard);
	cl->heard = NULL;
	cl->heard_count = 0;
	if (added)
		(void)sweep_run(cl->am, &sweep, &report);
}

void
cluster_blocks_end(struct cluster *cl)
{
	cl->blocks_due = true;
}

void
cluster_blocks_turn(struct cluster *cl)
{
	const struct blocks *blocks = cl->am->blocks;

	if (cl->heard_count > 0)
		merge(cl);
	if (!cluster_connected(cl) || blocks_renew(cl->am) != NULL)
		return;
	if (cl->blocks_missed)
		cl->missed = true;
	cl->blocks_missed = false;
	if (cl->blocks_due || cl->block_version != blocks->version) {
		cl->blocks_due = false;
		cl->block_version = blocks->version;
		cl->block_next = 0;
	}
	while (cl->block_next < blocks->count &&
	    engine_room(&cl->ask) > ENGINE_ASKED_MAX / 2)
		tell(cl);
}
