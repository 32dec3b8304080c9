/* SPDX-License-Identifier: ISC */
#include "cluster/feed.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "cluster/entry.h"
#include "cluster/script.h"
#include "cluster/store.h"
#include "cluster/watch.h"
#include "store/feed.h"
#include "store/lock.h"

/*
 * A feed that is larger than this is replaced by an empty one, once all of it is
 * published.  Until then it is kept, and published again to each engine that this
 * host connects to: a replica that became master may have lost the last logins.
 */
#define FEED_LARGE_BYTES (4 * 1024 * 1024)

/* A login that is older than this is not published as a login, only as an entry
 * of the map: a removal since may have been forgotten everywhere. */
#define LOGIN_MEMORY_SECS (24 * 60 * 60 - RECORD_SLACK_SECS)

/* How many questions are left to the other parts. */
#define ROOM_LEFT_QUESTIONS (ENGINE_ASKED_MAX / 2)

void
cluster_feed_close(struct cluster *cl)
{
	if (cl->feed != NULL)
		(void)fclose(cl->feed);
	cl->feed = NULL;
	cl->puts_pending = 0;
}

/* Read the feed from FD from now on; -1, with errno: it could not be made. */
static void
use_feed(struct cluster *cl, int fd)
{
	cluster_feed_close(cl);
	cl->feed = fd == -1 ? NULL : file_stream(fd, "r");
	cl->feed_serial++;
	if (cl->feed != NULL) {
		cluster_watch_file(cl->watch, cl->am->files.feed);
		return;
	}
	log_say(&cl->am->log, LOG_ERR, "%s: cannot be made: %s",
	    cl->am->files.feed, strerror(errno));
	cl->gap = true;
}

/* Begin it with the writers' lock: a writer either notes a change in it, or has
 * stored the change before the map is compared. */
static void
begin_feed(struct cluster *cl)
{
	int fd, lock = lock_try(cl->am);

	if (lock == -1) {
		if (errno == EWOULDBLOCK)
			cl->busy = true;
		else
			log_say(&cl->am->log, LOG_ERR, "%s: %s",
			    cl->am->files.lock, strerror(errno));
		return;
	}
	fd = feed_begin(cl->am, false);
	use_feed(cl, fd);
	lock_drop(lock);
}

/* The rest of the feed is lost: reconcile the whole map instead. */
static void
abandon(struct cluster *cl, const char *why)
{
	log_say(&cl->am->log, LOG_NOTICE, "%s: %s: the whole map is compared",
	    cl->am->files.feed, why);
	cluster_feed_close(cl);
	cl->gap = cl->busy = true;
}

bool
cluster_feed_ready(struct cluster *cl)
{
	struct stat st;

	if (cl->feed != NULL && (fstat(fileno(cl->feed), &st) == -1 ||
	    st.st_size < ftello(cl->feed)))
		abandon(cl, "somebody has cut it");
	/* A feed that is there already has logins; the map does not tell which
	 * entries are. */
	if (cl->feed == NULL)
		begin_feed(cl);
	return cl->feed != NULL;
}

void
cluster_feed_rewind(struct cluster *cl)
{
	cl->feed_serial++;
	cl->puts_pending = 0;
	if (cl->feed != NULL && fseeko(cl->feed, 0, SEEK_SET) == -1)
		abandon(cl, strerror(errno));
}

/* The engine returns the entries that win over the published ones. */
void
cluster_feed_on_put(void *arg, const redisReply *reply, long long serial)
{
	struct cluster *cl = arg;

	/* Another SERIAL: it was no line of the feed, or one of an older feed. */
	if (serial == cl->feed_serial)
		cl->puts_pending--;
	if (!engine_texts(reply) || reply->elements % 3 != 0) {
		engine_close(&cl->commands, "its answer about what it stored is "
		    "not valid");
		return;
	}
	for (size_t i = 0; i < reply->elements; i += 3) {
		redisReply *const *word = &reply->element[i];

		cluster_receive_entry(cl, word[0]->str[0], word[1]->str,
		    word[1]->len, word[2]->str, word[2]->len);
	}
}

/* Read the next change that is to be published; false: there is none now. */
static bool
next_change(struct cluster *cl, struct change *change)
{
	time_t now = cl->am->clock(NULL);

	while (change_next_until(cl->feed, FEED_END_BYTES, LOGIN_OPS, change, NULL,
	    NEVER))
		if (record_sweep(&change->record, now) &&
		    change->record.last > now - LOGIN_MEMORY_SECS)
			return true;
	return false;
}

/* Publish up to CLUSTER_BATCH_ENTRIES changes; false: there are no more now. */
static bool
publish_batch(struct cluster *cl)
{
	static struct { char op[2]; struct change change;
	    char text[RECORD_SIZE]; } batch[CLUSTER_BATCH_ENTRIES];
	const char *words[3 * CLUSTER_BATCH_ENTRIES];
	size_t n = 0;

	while (n < CLUSTER_BATCH_ENTRIES && next_change(cl, &batch[n].change)) {
		batch[n].op[0] = (char)batch[n].change.op;
		cluster_encode_record(cl, &batch[n].change.record, batch[n].text);
		words[3 * n] = batch[n].op;
		words[3 * n + 1] = batch[n].change.key;
		words[3 * n + 2] = batch[n].text;
		n++;
	}
	if (n == 0)
		return false;
	cl->sent += n;
	cl->puts_pending++;
	cluster_run_script(cl, SCRIPT_PUT, cluster_feed_on_put, cl->feed_serial,
	    3 * n, words);
	return n == CLUSTER_BATCH_ENTRIES;
}

bool
cluster_feed_publish(struct cluster *cl)
{
	bool more = cl->feed != NULL;

	if (more)
		clearerr(cl->feed);
	while (more && engine_room(&cl->commands) > ROOM_LEFT_QUESTIONS)
		more = publish_batch(cl);
	return !more;
}

/* Begin a new feed in place of a large one, all of which is published. */
static void
replace_large(struct cluster *cl)
{
	struct stat st;
	int lock = ftello(cl->feed) < FEED_LARGE_BYTES ? -1 : lock_try(cl->am);

	if (lock == -1)
		return;
	if (fstat(fileno(cl->feed), &st) == 0 &&
	    st.st_size == ftello(cl->feed))
		use_feed(cl, feed_begin(cl->am, true));
	lock_drop(lock);
}

void
cluster_feed_turn(struct cluster *cl)
{
	if (!cluster_feed_ready(cl) || !cluster_connected(cl) ||
	    !cluster_feed_publish(cl) || cl->puts_pending > 0)
		return;
	/* All that a writer noted before it removed the feed is published. */
	if (!file_is(cl->am->files.feed, fileno(cl->feed)))
		abandon(cl, "is no longer there");
	else
		replace_large(cl);
}
