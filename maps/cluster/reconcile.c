/* SPDX-License-Identifier: ISC */
#include "cluster/reconcile.h"

#include <hiredis/hiredis.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "cluster/blocks.h"
#include "cluster/feed.h"
#include "cluster/script.h"
#include "cluster/store.h"
#include "cluster/stream.h"

/* The least pause between two comparisons, in milliseconds. */
#define PAUSE_MS 2000

/* Reconcile this often, in milliseconds, even if no gap was detected. */
#define RECONCILE_EVERY_MS (10 * 60 * 1000)

void
cluster_reconcile_end(struct cluster *cl)
{
	map_close(cl->map);
	map_close(cl->kept);
	cl->map = cl->kept = NULL;
	cl->looking = false;
	memset(&cl->map_cursor, 0, sizeof cl->map_cursor);
}

void
cluster_reconcile_begin(struct cluster *cl)
{
	cluster_reconcile_end(cl);
	cl->missed = cl->placed = cl->behind = false;
	cl->blocks_due = cl->looking = true;
	(void)strlcpy(cl->cursor, "0", sizeof cl->cursor);
	cl->state = CLUSTER_FETCHING;
	cluster_stream_begin(cl);
}

/* KEY VALUE LOGIN, of an entry or a block. */
static void
compare(struct cluster *cl, redisReply *const *word)
{
	const char *key = word[0]->str;

	/* It has ended between two questions. */
	if (word[0]->len == 0 || word[1]->len == 0)
		return;
	if (key[0] == 'b')
		cluster_blocks_take(cl, word[1]->str, word[1]->len);
	else
		cluster_compare(cl, key + 1, word[0]->len - 1, word[1]->str,
		    word[1]->len, word[2]->str);
}

/* [cursor, KEY, VALUE, LOGIN, ...]. */
static void
on_look(void *arg, const redisReply *reply, long long tag)
{
	struct cluster *cl = arg;

	(void)tag;
	cl->looking = false;
	if (!engine_texts(reply) || reply->elements % 3 != 1 ||
	    strlcpy(cl->cursor, reply->element[0]->str, sizeof cl->cursor) >=
	    sizeof cl->cursor) {
		engine_close(&cl->ask, "it does not tell its keys");
		return;
	}
	for (size_t i = 1; i < reply->elements; i += 3)
		compare(cl, &reply->element[i]);
	if (strcmp(cl->cursor, "0") == 0)
		cl->cursor[0] = '\0';
}

static void
fetch(struct cluster *cl)
{
	const char *cursor = cl->cursor;

	if (cl->looking || cluster_store_full(cl))
		return;
	if (cl->cursor[0] == '\0') {
		cl->state = CLUSTER_TELLING;
		cl->soon = true;
		return;
	}
	cluster_run(cl, SCRIPT_LOOK, on_look, 0, 1, &cursor);
	cl->looking = true;
}

static void
done(struct cluster *cl)
{
	cluster_reconcile_end(cl);
	cl->state = CLUSTER_READY;
	cl->reconciled = cl->am->clock(NULL);
	cl->compare_at = deadline_in(PAUSE_MS);
}

/* What cannot be read now is compared later. */
static void
unread(struct cluster *cl, enum map_status status)
{
	if (status == MAP_OK || status == MAP_NOTFOUND)
		return;
	log_say(&cl->am->log, LOG_ERR, "%s: cannot be read: %s",
	    cl->am->files.map, map_error());
	cl->missed = true;
}

/*
 * The next entries of the map.  Each login of theirs is noted in the feed: that
 * is told first, so that the engine knows what is a login and what is not.
 */
static bool
tell(struct cluster *cl)
{
	static char keys[CLUSTER_BATCH_MAX][AUTHMAP_ADDRESS_SIZE];
	static char texts[CLUSTER_BATCH_MAX][RECORD_SIZE];
	const char *words[3 * CLUSTER_BATCH_MAX];
	enum map_status status = MAP_OK;
	struct record record;
	size_t n = 0;

	while (n < CLUSTER_BATCH_MAX && (status = map_next(cl->map,
	    &cl->map_cursor, keys[n], &record)) == MAP_OK) {
		if (!record_sweep(&record, cl->am->clock(NULL)))
			continue;
		cluster_encode(cl, &record, texts[n]);
		words[3 * n] = "=";
		words[3 * n + 1] = keys[n];
		words[3 * n + 2] = texts[n];
		n++;
	}
	(void)cluster_feed_tell(cl);
	cl->sent += n;
	if (n > 0)
		cluster_run(cl, SCRIPT_PUT, cluster_put_done, 0, 3 * n, words);
	unread(cl, status);
	return status == MAP_OK;
}

/* Opens the map that is told; false: there is none, or it cannot be read. */
static bool
open_map(struct cluster *cl)
{
	enum map_status status = cl->map != NULL ? MAP_OK :
	    map_open(&cl->map, cl->am->files.map, MAP_READ);

	unread(cl, status);
	return status == MAP_OK;
}

/* Is it time to compare again?  Not while an answer about changes is awaited. */
static bool
is_due(const struct cluster *cl)
{
	return cl->state == CLUSTER_READY && !cl->hearing &&
	    deadline_over(cl->hear_at) && deadline_in(0) >=
	    cl->compare_at + (cl->missed ? 0 : RECONCILE_EVERY_MS);
}

void
cluster_reconcile_turn(struct cluster *cl)
{
	if (is_due(cl))
		cluster_reconcile_begin(cl);
	/* What is changed from now on is noted; and a writer that was at work
	 * has finished. */
	if (cl->feed == NULL)
		return;
	if (cl->state == CLUSTER_FETCHING)
		fetch(cl);
	if (cl->state != CLUSTER_TELLING || cluster_store_full(cl) ||
	    engine_room(&cl->ask) < ENGINE_ASKED_MAX * 3 / 4)
		return;
	cl->soon = true;
	if (!open_map(cl) || (cluster_feed_tell(cl) && !tell(cl)))
		done(cl);
}
