/* SPDX-License-Identifier: ISC */
#include "cluster/blocks.h"

#include <ctype.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "cluster/entry.h"
#include "cluster/script.h"
#include "sweeper/sweep.h"

/* Blocks of other hosts are accepted up to this number, and up to half of the size
 * that relay.blocks may have.  The rest is for this host's administrator. */
#define BLOCKS_COUNT_MAX 8192
#define BLOCKS_SHARED_BYTES (BLOCKS_MAX_BYTES / 2)

/* The most blocks that are published in one command. */
#define BATCH_BLOCKS_MAX 50

/* Handle the reply: the blocks in the engine that win over the published ones. */
static void
on_put(void *arg, const redisReply *reply, long long tag)
{
	struct cluster *cl = arg;

	(void)tag;
	if (!engine_texts(reply)) {
		engine_close(&cl->commands, "its answer about what it stored is "
		    "not valid");
		return;
	}
	for (size_t i = 0; i < reply->elements; i++)
		cluster_blocks_receive(cl, reply->element[i]->str,
		    reply->element[i]->len);
}

/* Write into NAME the name of BLOCK in the engine.  All blocks of a network have one
 * name, and so have all blocks of a user, in upper or lower case. */
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

/* Publish the next blocks of this host. */
static void
publish_blocks(struct cluster *cl)
{
	static char names[BATCH_BLOCKS_MAX][RECORD_SIZE];
	static char lines[BATCH_BLOCKS_MAX][RECORD_SIZE];
	const char *words[2 * BATCH_BLOCKS_MAX];
	const struct blocks *blocks = cl->am->blocks;
	time_t then = cl->am->clock(NULL) - BLOCK_MEMORY_SECS;
	size_t n = 0;

	while (n < BATCH_BLOCKS_MAX && cl->blocks_next < blocks->count) {
		const struct block *block = &blocks->list[cl->blocks_next++];

		if (block_expired(block, then))
			continue;
		name_block(block, names[n]);
		block_encode(block, lines[n]);
		words[2 * n] = names[n];
		words[2 * n + 1] = lines[n];
		n++;
	}
	if (n > 0)
		cluster_run_script(cl, SCRIPT_BLOCK, on_put, 0, 2 * n, words);
}

/* Decode LINE, of LEN bytes, into BLOCK, which points into LINE.  Return NULL, or
 * why the block is rejected. */
static const char *
block_wrong(const struct cluster *cl, char *line, size_t len,
    struct block *block)
{
	if (!block_decode(line, len, block))
		return "is not a block";
	/* A block never opens the relay, so allow for a clock of this host that is
	 * behind. */
	if (block->since > cl->am->clock(NULL) + RECORD_SLACK_SECS +
	    (cl->clock_ahead > 0 ? cl->clock_ahead : 0))
		return "its time is in the future: the other host's clock is wrong";
	return NULL;
}

static size_t
bytes_of(const struct block *list, size_t count)
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

	return cl->received_count + blocks->count >= BLOCKS_COUNT_MAX ||
	    bytes_of(cl->received_blocks, cl->received_count) +
	    bytes_of(blocks->list, blocks->count) >= BLOCKS_SHARED_BYTES;
}

/* Keep a copy of BLOCK to be stored.  It replaces a kept block of the same user or
 * network. */
static void
queue_block(struct cluster *cl, const struct block *block)
{
	struct block *list = cl->received_blocks;
	const struct block *old = block_find(list, cl->received_count, block);
	size_t at = old == NULL ? cl->received_count : (size_t)(old - list);
	struct block *grown = old != NULL ? list :
	    reallocarray(list, cl->received_count + 1, sizeof *grown);
	char *what = strdup(block->what);

	if (grown != NULL)
		cl->received_blocks = grown;
	if (grown == NULL || what == NULL) {
		free(what);
		cluster_disconnect(cl, "no memory for its blocks");
		return;
	}
	if (at == cl->received_count)
		cl->received_count++;
	else
		free(grown[at].what);
	grown[at] = *block;
	grown[at].what = what;
}

void
cluster_blocks_receive(struct cluster *cl, const char *text, size_t len)
{
	time_t then = cl->am->clock(NULL) - BLOCK_MEMORY_SECS;
	char line[RECORD_SIZE];
	const struct block *known;
	struct block block;
	const char *wrong = "is not a block";

	if (len < sizeof line && memchr(text, '\0', len) == NULL) {
		memcpy(line, text, len);
		line[len] = '\0';
		wrong = block_wrong(cl, line, len, &block);
	}
	if (wrong == NULL && blocks_renew(cl->am) == -1) {
		/* relay.blocks has errors: the administrator must correct them
		 * first. */
		cl->blocks_skipped = true;
		return;
	}
	if (wrong == NULL) {
		known = block_find(cl->received_blocks, cl->received_count,
		    &block);
		if (known == NULL)
			known = block_find(cl->am->blocks->list,
			    cl->am->blocks->count, &block);
		if (known != NULL ? !block_wins(&block, known) :
		    block_expired(&block, then))
			return;
		if (known == NULL && too_many(cl))
			wrong = "there are too many blocks";
	}
	if (wrong != NULL)
		cluster_reject(cl, text, len, wrong);
	else
		queue_block(cl, &block);
}

/* Log BLOCK if it changes whether its user or network is blocked.  Return whether it
 * blocks. */
static bool
log_block(const struct cluster *cl, const struct block *block)
{
	const struct blocks *blocks = cl->am->blocks;
	const struct block *old = block_find(blocks->list, blocks->count, block);
	time_t now = cl->am->clock(NULL);
	bool was = old != NULL && !block_expired(old, now);
	bool is = !block_expired(block, now);

	if (was != is)
		log_say(&cl->am->log, LOG_INFO, "%s %s %s, from another "
		    "host", is ? "blocked" : "unblocked",
		    block->user ? "user" : "network",
		    ENCODED(block->what, 512));
	return is;
}

/* Store the received blocks.  Then sweep, to remove the entries that they block. */
static void
store_received(struct cluster *cl)
{
	struct sweep sweep = { .scanned_at = 0 };
	struct sweep_report report;
	bool added = false;

	for (size_t i = 0; i < cl->received_count; i++)
		added = log_block(cl, &cl->received_blocks[i]) || added;
	if (block_merge(cl->am, cl->received_blocks, cl->received_count) == -1) {
		log_say(&cl->am->log, LOG_ERR, "%s", cl->am->blocks->trouble);
		cluster_disconnect(cl, "its blocks cannot be stored");
	}
	for (size_t i = 0; i < cl->received_count; i++)
		free(cl->received_blocks[i].what);
	free(cl->received_blocks);
	cl->received_blocks = NULL;
	cl->received_count = 0;
	if (added)
		(void)sweep_run(cl->am, &sweep, &report);
}

void
cluster_blocks_publish_all(struct cluster *cl)
{
	cl->blocks_due = true;
}

void
cluster_blocks_turn(struct cluster *cl)
{
	const struct blocks *blocks = cl->am->blocks;

	if (cl->received_count > 0)
		store_received(cl);
	if (!cluster_connected(cl) || blocks_renew(cl->am) == -1)
		return;
	if (cl->blocks_skipped)
		cl->gap = true;
	cl->blocks_skipped = false;
	if (cl->blocks_due || cl->blocks_version != blocks->version) {
		cl->blocks_due = false;
		cl->blocks_version = blocks->version;
		cl->blocks_next = 0;
	}
	while (cl->blocks_next < blocks->count &&
	    engine_room(&cl->commands) > ENGINE_ASKED_MAX / 2)
		publish_blocks(cl);
}
