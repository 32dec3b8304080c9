/* SPDX-License-Identifier: ISC */
#include "cluster/feed.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "cluster/script.h"
#include "cluster/store.h"
#include "cluster/watch.h"
#include "store/feed.h"
#include "store/lock.h"

/* A feed that is told whole is begun anew when it is larger than this.  All of it
 * is told again to an engine that is new to us: perhaps it has forgotten, as one
 * that took a master's place, who has logged in since he was removed. */
#define FEED_LARGE_BYTES (4 * 1024 * 1024)

/* Logins before that are told as what the map has: nobody may know any more
 * whom it was that somebody has removed since. */
#define LOGIN_MEMORY_SECS (24 * 60 * 60 - RECORD_SLACK_SECS)

/* So many answers may be awaited: the rest is for other questions. */
#define ROOM_LEFT (ENGINE_ASKED_MAX / 2)

void
cluster_feed_close(struct cluster *cl)
{
	if (cl->feed != NULL)
		(void)fclose(cl->feed);
	cl->feed = NULL;
	cl->telling = 0;
}

/* Reads from FD, the feed, from now on; -1: there is none. */
static void
feed_use(struct cluster *cl, int fd)
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
	cl->missed = true;
}

/* With the writers' lock, so that each sees it or is seen by who compares. */
static void
begin(struct cluster *cl)
{
	int fd, lock = lock_try(cl->am);

	if (lock == -1) {
		if (errno == EWOULDBLOCK)
			cl->soon = true;
		else
			log_say(&cl->am->log, LOG_ERR, "%s: %s",
			    cl->am->files.lock, strerror(errno));
		return;
	}
	fd = feed_begin(cl->am, false);
	feed_use(cl, fd);
	lock_drop(lock);
}

/* Its rest cannot be told: the map is. */
static void
lose(struct cluster *cl, const char *why)
{
	log_say(&cl->am->log, LOG_NOTICE, "%s: %s: the whole map is compared",
	    cl->am->files.feed, why);
	cluster_feed_close(cl);
	cl->missed = cl->soon = true;
}

bool
cluster_feed_ready(struct cluster *cl)
{
	struct stat st;

	if (cl->feed != NULL && (fstat(fileno(cl->feed), &st) == -1 ||
	    st.st_size < ftello(cl->feed)))
		lose(cl, "somebody has cut it");
	/* One that another has left tells of logins, which the map does not. */
	if (cl->feed == NULL)
		begin(cl);
	return cl->feed != NULL;
}

void
cluster_feed_rewind(struct cluster *cl)
{
	cl->feed_serial++;
	cl->telling = 0;
	if (cl->feed != NULL && fseeko(cl->feed, 0, SEEK_SET) == -1)
		lose(cl, strerror(errno));
}

/* Others have something that wins over what we have told. */
void
cluster_put_done(void *arg, const redisReply *reply, long long serial)
{
	struct cluster *cl = arg;

	/* 0: it was no line of the feed; or it was one of another. */
	if (serial == cl->feed_serial)
		cl->telling--;
	if (!engine_texts(reply) || reply->elements % 3 != 0) {
		engine_close(&cl->ask, "it does not tell what it stored");
		return;
	}
	for (size_t i = 0; i < reply->elements; i += 3) {
		redisReply *const *word = &reply->element[i];

		cluster_take(cl, word[0]->str[0], word[1]->str, word[1]->len,
		    word[2]->str, word[2]->len);
	}
}

/* The next line that is worth telling; false: there is none now. */
static bool
next_line(struct cluster *cl, struct change *change)
{
	time_t now = cl->am->clock(NULL);

	while (change_next_until(cl->feed, FEED_END_BYTES, LOGIN_OPS, change, NULL,
	    NEVER))
		if (record_sweep(&change->record, now) &&
		    change->record.last > now - LOGIN_MEMORY_SECS)
			return true;
	return false;
}

/* Tells up to CLUSTER_BATCH_MAX entries; false: there are no more now. */
static bool
tell(struct cluster *cl)
{
	static struct { char op[2]; struct change change;
	    char text[RECORD_SIZE]; } told[CLUSTER_BATCH_MAX];
	const char *words[3 * CLUSTER_BATCH_MAX];
	size_t n = 0;

	while (n < CLUSTER_BATCH_MAX && next_line(cl, &told[n].change)) {
		told[n].op[0] = (char)told[n].change.op;
		cluster_encode(cl, &told[n].change.record, told[n].text);
		words[3 * n] = told[n].op;
		words[3 * n + 1] = told[n].change.key;
		words[3 * n + 2] = told[n].text;
		n++;
	}
	if (n == 0)
		return false;
	cl->sent += n;
	cl->telling++;
	cluster_run(cl, SCRIPT_PUT, cluster_put_done, cl->feed_serial, 3 * n,
	    words);
	return n == CLUSTER_BATCH_MAX;
}

bool
cluster_feed_tell(struct cluster *cl)
{
	bool more = cl->feed != NULL;

	if (more)
		clearerr(cl->feed);
	while (more && engine_room(&cl->ask) > ROOM_LEFT)
		more = tell(cl);
	return !more;
}

/* Begins a new feed in place of a large one that is told. */
static void
renew(struct cluster *cl)
{
	struct stat st;
	int lock = ftello(cl->feed) < FEED_LARGE_BYTES ? -1 : lock_try(cl->am);

	if (lock == -1)
		return;
	if (fstat(fileno(cl->feed), &st) == 0 &&
	    st.st_size == ftello(cl->feed))
		feed_use(cl, feed_begin(cl->am, true));
	lock_drop(lock);
}

void
cluster_feed_turn(struct cluster *cl)
{
	if (!cluster_feed_ready(cl) || !cluster_connected(cl) ||
	    !cluster_feed_tell(cl) || cl->telling > 0)
		return;
	/* Also what a writer could still note before he removed it is told. */
	if (!file_is(cl->am->files.feed, fileno(cl->feed)))
		lose(cl, "is no longer there");
	else
		renew(cl);
}
