/*
 * All compared with all, after a start, a new connection, a gap in what we
 * have heard: first what the engine has, which is merged into the map; then
 * what the map has, which is told.  Nothing is taken away on either side, so
 * nothing that is valid is missing meanwhile.
 */
#include <hiredis/hiredis.h>
#include <string.h>
#include <syslog.h>

#include "cluster.h"

/* How many keys the engine looks at in one go. */
#define SCAN_COUNT "500"

void
cluster_reconcile_end(struct cluster *cl)
{
	(void)map_close(cl->map);
	cl->map = NULL;
	cl->reads = 0;
	cl->key[0] = '\0';
}

void
cluster_reconcile_begin(struct cluster *cl)
{
	if (cl->state == CLUSTER_FETCHING || cl->state == CLUSTER_TELLING) {
		cl->again = true;
		return;
	}
	if (cl->state != CLUSTER_GREETING && cl->state != CLUSTER_READY)
		return;
	cluster_reconcile_end(cl);
	cl->again = false;
	cl->blocks_due = true;
	(void)strlcpy(cl->cursor, "0", sizeof cl->cursor);
	cl->state = CLUSTER_FETCHING;
	cl->soon = true;
}

/* KEY VALUE LOGIN, of an entry or a block. */
static void
compare(struct cluster *cl, redisReply *const *word)
{
	size_t prefix = strlen(cl->am->config.cluster_prefix);
	const char *key = word[0]->str;

	if (word[0]->len < prefix + 2 ||
	    memcmp(key, cl->am->config.cluster_prefix, prefix) != 0)
		return;
	key += prefix;
	/* It has ended between two questions. */
	if (word[1]->len == 0)
		return;
	if (key[0] == 'b')
		cluster_blocks_take(cl, word[1]->str, word[1]->len);
	else
		cluster_compare(cl, key + 2, word[0]->len - prefix - 2,
		    word[1]->str, word[1]->len, word[2]->str);
}

static void
on_read(void *arg, const redisReply *reply, long long tag)
{
	struct cluster *cl = arg;

	(void)tag;
	cl->reads--;
	for (size_t i = 0; i + 2 < reply->elements; i += 3) {
		redisReply *const *word = &reply->element[i];

		if (word[0]->type == REDIS_REPLY_STRING &&
		    word[1]->type == REDIS_REPLY_STRING &&
		    word[2]->type == REDIS_REPLY_STRING)
			compare(cl, word);
	}
}

/* Keys that no script could be asked for as text are none of ours. */
static bool
key_ours(const redisReply *key)
{
	return key->type == REDIS_REPLY_STRING &&
	    key->len < CLUSTER_PREFIX + RECORD_SIZE &&
	    memchr(key->str, '\0', key->len) == NULL;
}

static void
on_scan(void *arg, const redisReply *reply, long long tag)
{
	struct cluster *cl = arg;
	const char *keys[CLUSTER_TOGETHER];
	const redisReply *found;
	size_t n = 0;

	(void)tag;
	cl->reads--;
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
	    reply->element[0]->type != REDIS_REPLY_STRING ||
	    reply->element[1]->type != REDIS_REPLY_ARRAY ||
	    strlcpy(cl->cursor, reply->element[0]->str, sizeof cl->cursor) >=
	    sizeof cl->cursor) {
		engine_close(&cl->ask, "it does not tell its keys");
		return;
	}
	found = reply->element[1];
	for (size_t i = 0; i < found->elements; i++) {
		if (key_ours(found->element[i]))
			keys[n++] = found->element[i]->str;
		if (n == CLUSTER_TOGETHER ||
		    (n > 0 && i + 1 == found->elements)) {
			cluster_run(cl, SCRIPT_READ, on_read, 0, n, keys);
			cl->reads++;
			n = 0;
		}
	}
	if (strcmp(cl->cursor, "0") == 0)
		cl->cursor[0] = '\0';
}

static void
fetch(struct cluster *cl)
{
	char pattern[CLUSTER_PREFIX + 8];
	const char *words[] = { "SCAN", cl->cursor, "MATCH", pattern, "COUNT",
	    SCAN_COUNT };

	if (cl->reads > 0 || cluster_store_full(cl))
		return;
	if (cl->cursor[0] == '\0') {
		/* What is told is read from a map of its own. */
		(void)map_close(cl->map);
		cl->map = NULL;
		cl->key[0] = '\0';
		cl->state = CLUSTER_TELLING;
		cl->soon = true;
		return;
	}
	(void)snprintf(pattern, sizeof pattern, "%s[be]:*",
	    cl->am->config.cluster_prefix);
	engine_ask(&cl->ask, on_scan, 0, 6, words, NULL);
	cl->reads++;
}

static void
done(struct cluster *cl)
{
	cluster_reconcile_end(cl);
	cl->state = CLUSTER_READY;
	cl->reconciled = cl->am->clock(NULL);
	if (cl->again)
		cluster_reconcile_begin(cl);
}

/*
 * The next entries of the map.  Each login of theirs is noted in the feed: that
 * is told first, so that the engine knows what is a login and what is not.
 */
static bool
tell(struct cluster *cl)
{
	static char keys[CLUSTER_TOGETHER][AUTHMAP_ADDRESS_SIZE];
	static char texts[CLUSTER_TOGETHER][RECORD_SIZE];
	const char *words[3 * CLUSTER_TOGETHER];
	enum map_status status = MAP_OK;
	struct record record;
	size_t n = 0;

	while (n < CLUSTER_TOGETHER && (status = map_next(cl->map, cl->key,
	    &record)) == MAP_OK) {
		if (!record_settle(&record, cl->am->clock(NULL)))
			continue;
		(void)strlcpy(keys[n], cl->key, sizeof keys[n]);
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
	if (status == MAP_BROKEN || status == MAP_TROUBLE) {
		log_say(&cl->am->log, LOG_ERR, "%s: cannot be read: %s",
		    cl->am->files.map, map_error());
		cl->again = true;
	}
	return status == MAP_OK;
}

void
cluster_reconcile_turn(struct cluster *cl)
{
	/* What is changed from now on is noted; and whoever was at it has
	 * published his map. */
	if (cl->feed == NULL)
		return;
	if (cl->state == CLUSTER_FETCHING)
		fetch(cl);
	if (cl->state != CLUSTER_TELLING || cluster_store_full(cl) ||
	    engine_room(&cl->ask) < ENGINE_DEPTH * 3 / 4)
		return;
	if (cl->map == NULL &&
	    map_open(&cl->map, cl->am->files.map, MAP_READ) != MAP_OK) {
		done(cl);
		return;
	}
	cl->soon = true;
	if (cluster_feed_tell(cl) && !tell(cl))
		done(cl);
}
