/* SPDX-License-Identifier: ISC */
#include "cluster/reconcile.h"

#include <hiredis/hiredis.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "cluster/blocks.h"
#include "cluster/entry.h"
#include "cluster/feed.h"
#include "cluster/receive.h"
#include "cluster/script.h"
#include "cluster/stream.h"

/* Reconcile at most this often. */
#define RECONCILE_PAUSE_MS 2000

/* Reconcile this often even if no gap was detected. */
#define RECONCILE_EVERY_MS (10 * 60 * 1000)

/* For how long to look for the next entries: in a map that a member of the group has
 * put there, this may take hours. */
#define PUBLISH_MS 1000

void
cluster_reconcile_end(struct cluster *cl)
{
	map_close(cl->published_map);
	map_close(cl->current_map);
	cl->published_map = cl->current_map = NULL;
	cl->scan_pending = false;
	memset(&cl->map_cursor, 0, sizeof cl->map_cursor);
}

void
cluster_reconcile_begin(struct cluster *cl)
{
	cluster_reconcile_end(cl);
	cl->gap = cl->located = cl->behind = false;
	cl->blocks_due = cl->scan_pending = true;
	(void)strlcpy(cl->scan_cursor, "0", sizeof cl->scan_cursor);
	cl->state = CLUSTER_FETCHING;
	cluster_stream_locate(cl);
}

/* Merge WORD, which is KEY VALUE LOGIN of an entry or a block. */
static void
merge(struct cluster *cl, redisReply *const *word)
{
	const char *key = word[0]->str;

	/* A key that expired while the script ran is empty. */
	if (word[0]->len == 0 || word[1]->len == 0)
		return;
	if (key[0] == 'b')
		cluster_blocks_receive(cl, word[1]->str, word[1]->len);
	else
		cluster_receive_scanned(cl, key + 1, word[0]->len - 1, word[1]->str,
		    word[1]->len, word[2]->str);
}

/* Handle the reply, which is [cursor, KEY, VALUE, LOGIN, ...]. */
static void
on_scan(void *arg, const redisReply *reply, long long tag)
{
	struct cluster *cl = arg;

	(void)tag;
	cl->scan_pending = false;
	if (!engine_texts(reply) || reply->elements % 3 != 1 ||
	    strlcpy(cl->scan_cursor, reply->element[0]->str,
	    sizeof cl->scan_cursor) >= sizeof cl->scan_cursor) {
		engine_close(&cl->commands, "its answer about its keys is not "
		    "valid");
		return;
	}
	for (size_t i = 1; i < reply->elements; i += 3)
		merge(cl, &reply->element[i]);
	if (strcmp(cl->scan_cursor, "0") == 0)
		cl->scan_cursor[0] = '\0';
}

static void
fetch(struct cluster *cl)
{
	const char *cursor = cl->scan_cursor;

	if (cl->scan_pending || cluster_receive_full(cl))
		return;
	if (cl->scan_cursor[0] == '\0') {
		cl->state = CLUSTER_PUBLISHING;
		cl->busy = true;
		return;
	}
	cluster_run_script(cl, SCRIPT_SCAN, on_scan, 0, 1, &cursor);
	cl->scan_pending = true;
}

static void
finish(struct cluster *cl)
{
	cluster_reconcile_end(cl);
	cl->state = CLUSTER_READY;
	cl->reconciled = cl->am->clock(NULL);
	cl->reconcile_at = deadline_in(RECONCILE_PAUSE_MS);
}

/* Log that the map cannot be read, and reconcile again later. */
static void
log_unread(struct cluster *cl, enum map_status status)
{
	if (status == MAP_OK || status == MAP_NOTFOUND)
		return;
	log_say(&cl->am->log, LOG_ERR, "%s: cannot be read: %s",
	    cl->am->files.map, map_error());
	cl->gap = true;
}

/*
 * Publish the next entries of the map.  Return false after the last entry.  The feed
 * is published first, so that the engine knows which entries are logins.
 */
static bool
publish_entries(struct cluster *cl)
{
	static char keys[CLUSTER_BATCH_ENTRIES][AUTHMAP_ADDRESS_SIZE];
	static char texts[CLUSTER_BATCH_ENTRIES][RECORD_SIZE];
	const char *words[3 * CLUSTER_BATCH_ENTRIES];
	enum map_status status = MAP_OK;
	struct record record;
	size_t n = 0;

	cl->published_map->file.end = deadline_in(PUBLISH_MS);
	while (n < CLUSTER_BATCH_ENTRIES && (status = map_next(cl->published_map,
	    &cl->map_cursor, keys[n], &record)) == MAP_OK) {
		if (!record_sweep(&record, cl->am->clock(NULL)))
			continue;
		cluster_encode_record(cl, &record, texts[n]);
		words[3 * n] = "=";
		words[3 * n + 1] = keys[n];
		words[3 * n + 2] = texts[n];
		n++;
	}
	(void)cluster_feed_publish(cl);
	cl->sent += n;
	if (n > 0)
		cluster_run_script(cl, SCRIPT_PUT, cluster_feed_on_put, 0,
		    3 * n, words);
	log_unread(cl, status);
	return status == MAP_OK;
}

/* Open the map that is to be published.  Return false if it is missing or cannot be
 * read. */
static bool
open_map(struct cluster *cl)
{
	enum map_status status = cl->published_map != NULL ? MAP_OK :
	    map_open(&cl->published_map, cl->am->files.map, MAP_READ);

	log_unread(cl, status);
	return status == MAP_OK;
}

/* Return whether to reconcile now.  Do not while the reply to XREAD is awaited. */
static bool
is_due(const struct cluster *cl)
{
	return cl->state == CLUSTER_READY && !cl->read_pending &&
	    deadline_passed(cl->read_at) && deadline_in(0) >=
	    cl->reconcile_at + (cl->gap ? 0 : RECONCILE_EVERY_MS);
}

void
cluster_reconcile_turn(struct cluster *cl)
{
	if (is_due(cl))
		cluster_reconcile_begin(cl);
	/* The feed notes each change from now on, so publishing the map once is
	 * enough.  Wait until there is one. */
	if (cl->feed == NULL)
		return;
	if (cl->state == CLUSTER_FETCHING)
		fetch(cl);
	if (cl->state != CLUSTER_PUBLISHING || cluster_receive_full(cl) ||
	    engine_room(&cl->commands) < ENGINE_ASKED_MAX * 3 / 4)
		return;
	cl->busy = true;
	if (!open_map(cl) || (cluster_feed_publish(cl) && !publish_entries(cl)))
		finish(cl);
}
