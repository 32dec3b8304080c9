/* SPDX-License-Identifier: ISC */
#include "cluster/feed.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "cluster/entry.h"
#include "cluster/receive.h"
#include "cluster/script.h"
#include "cluster/watch.h"
#include "store/feed.h"
#include "store/lock.h"

/*
 * A feed that is larger than this is replaced by an empty one when all of it is
 * published.  A smaller feed is kept, and published again at each connection: a
 * replica that became the master may have lost the last logins.
 */
#define FEED_LARGE_BYTES (4 * 1024 * 1024)

/* A login older than this is only published as an entry of the map.  If it was
 * removed since, all hosts may have forgotten the removal. */
#define LOGIN_MEMORY_SECS (24 * 60 * 60 - RECORD_SLACK_SECS)

/* Of the commands that may await a reply at the same time, the feed leaves this many
 * to reconciling and to the blocks. */
#define ROOM_LEFT_COMMANDS (ENGINE_ASKED_MAX / 2)

void
cluster_feed_close(struct cluster *cl)
{
	if (cl->feed != NULL)
		(void)fclose(cl->feed);
	cl->feed = NULL;
	cl->puts_pending = 0;
}

/* Read the feed from FD from now on.  If FD is -1, log errno: the feed could not be
 * created. */
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
	log_say(&cl->am->log, LOG_ERR, "%s: cannot be created: %s",
	    cl->am->files.feed, strerror(errno));
	cl->gap = true;
}

/* Open or create the feed, with the writers' lock held.  Each later change is noted
 * in it, and all earlier changes are in the map before it is published. */
static void
begin_feed(struct cluster *cl)
{
	int fd, lock = lock_try(cl->am);

	if (lock == -1) {
		if (errno == EWOULDBLOCK)
			cl->busy = true;
		else
			log_say(&cl->am->log, LOG_ERR, "%s: cannot be opened: %s",
			    cl->am->files.lock, strerror(errno));
		return;
	}
	fd = feed_begin(cl->am, false);
	use_feed(cl, fd);
	lock_drop(lock);
}

/* Close the feed because of WHY.  Its rest is lost: reconcile the whole map. */
static void
abandon(struct cluster *cl, const char *why)
{
	log_say(&cl->am->log, LOG_NOTICE, "%s: %s: reconciling the whole map",
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
		abandon(cl, "was truncated");
	/* Use an existing feed: it tells which entries are logins, which the map
	 * does not. */
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

void
cluster_feed_on_put(void *arg, const redisReply *reply, long long serial)
{
	struct cluster *cl = arg;

	/* With another SERIAL, the entries came from the map or an older feed. */
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

/* Read the next change that is to be published.  Return false if there is none. */
static bool
next_change(struct cluster *cl, struct change *change)
{
	time_t now = cl->am->clock(NULL);

	while (change_next_until(cl->feed, FEED_END_BYTES, LOGIN_OPS, change,
	    NULL))
		if (record_sweep(&change->record, now) &&
		    change->record.last > now - LOGIN_MEMORY_SECS)
			return true;
	return false;
}

/* Publish up to CLUSTER_BATCH_ENTRIES changes.  Return false if there are no
 * more. */
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
	while (more && engine_room(&cl->commands) > ROOM_LEFT_COMMANDS)
		more = publish_batch(cl);
	return !more;
}

/* Replace a large feed, all of which is published, by an empty one. */
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
	/* A writer may have removed the feed; all in it is published by now. */
	if (!file_is(cl->am->files.feed, fileno(cl->feed)))
		abandon(cl, "was removed");
	else
		replace_large(cl);
}
