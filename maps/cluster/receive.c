/* SPDX-License-Identifier: ISC */
#include "cluster/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "cluster/entry.h"
#include "store/feed.h"
#include "store/writer.h"

/* No more changes are received before these are stored. */
#define BATCH_CHANGES_MAX 2000

/* How many are stored with the lock held, while this host's logins wait. */
#define STORE_BATCH_CHANGES 100
#define LOCK_PATIENCE_MS 1000

static void
batch_add(struct cluster *cl, const struct change *change)
{
	char text[CHANGE_SIZE];

	if (cl->batch == NULL)
		cl->batch = tmpfile();
	(void)change_encode(change, text);
	if (cl->batch == NULL || fputs(text + 1, cl->batch) == EOF) {
		log_say(&cl->am->log, LOG_ERR, "what comes from other hosts "
		    "cannot be kept: %s", strerror(errno));
		cluster_disconnect(cl, "no room to keep what it says");
		return;
	}
	cl->batched++;
	cl->received++;
}

/* Return what the map has of KEY now; NULL: nothing. */
static const struct record *
look_up(struct cluster *cl, const char *key, struct record *record)
{
	if (map_reopen(&cl->current_map, cl->am->files.map) != MAP_OK ||
	    map_get(cl->current_map, key, record) != MAP_OK)
		return NULL;
	return record;
}

/* Return whether CHANGE changes nothing in the map, which has OLD. */
static bool
is_known(const struct cluster *cl, const struct change *change,
    const struct record *old)
{
	struct record result;

	return change_resolve(change, old, cl->am->clock(NULL), &result) ==
	    CHANGE_NOTHING;
}

void
cluster_receive_entry(struct cluster *cl, char op, const char *key,
    size_t key_len, const char *text, size_t len)
{
	struct change change = { .op = op == '+' ? CHANGE_PEER_LOGIN :
	    op == '-' ? CHANGE_PEER_REMOVE : CHANGE_PEER };
	struct record record;

	if (!cluster_decode_entry(cl, key, key_len, text, len, &change))
		return;
	/* Leave out what the map has already, unless the batch may change that. */
	if (cl->batched > 0 ||
	    !is_known(cl, &change, look_up(cl, change.key, &record)))
		batch_add(cl, &change);
}

/*
 * Return whether NEW, whose last login was at LOGIN, counts as a login here: it is
 * that login itself, or the login came after OLD was removed.
 */
static bool
is_login(const struct cluster *cl, const struct record *new,
    const struct record *old, const char *login)
{
	const char *wrong;
	time_t at = (time_t)strtonum(login, 0, 9999999999LL, &wrong) -
	    cl->clock_ahead;

	return wrong == NULL && (at == new->last ||
	    (old != NULL && record_removed(old) && at > old->last));
}

void
cluster_merge_entry(struct cluster *cl, const char *key, size_t key_len,
    const char *text, size_t len, const char *login)
{
	struct change change = { .op = CHANGE_PEER };
	const struct record *old;
	struct record record;

	if (!cluster_decode_entry(cl, key, key_len, text, len, &change))
		return;
	old = look_up(cl, change.key, &record);
	if (is_login(cl, &change.record, old, login))
		change.op = CHANGE_PEER_LOGIN;
	if (!is_known(cl, &change, old))
		batch_add(cl, &change);
}

bool
cluster_store_full(const struct cluster *cl)
{
	return cl->batched >= BATCH_CHANGES_MAX;
}

/* Empty the batch, but keep its file. */
static void
batch_empty(struct cluster *cl)
{
	cl->batched = 0;
	if (fseeko(cl->batch, 0, SEEK_SET) == -1 ||
	    ftruncate(fileno(cl->batch), 0) == -1) {
		(void)fclose(cl->batch);
		cl->batch = NULL;
	}
}

static enum map_status
store_batch(struct cluster *cl, int lock)
{
	enum map_status status = MAP_OK;
	bool more = true;

	while (status == MAP_OK && more) {
		struct writer w;

		if (lock == -1)
			lock = lock_wait(cl->am, deadline_in(LOCK_PATIENCE_MS));
		if (lock == -1)
			return map_fail(MAP_TIMEOUT, "another process holds "
			    "the lock");
		writer_begin(&w, cl->am, lock, deadline_in(LOCK_PATIENCE_MS));
		/* Do not publish what came from other hosts. */
		feed_close(w.feed);
		w.feed = -1;
		status = writer_apply_file(&w, cl->batch, PEER_OPS,
		    STORE_BATCH_CHANGES, NULL, &more);
		writer_end(&w);
		lock = -1;
	}
	return status;
}

void
cluster_store_turn(struct cluster *cl)
{
	int lock;

	if (cl->batched == 0)
		return;
	errno = EWOULDBLOCK;
	lock = lock_try(cl->am);
	if (lock == -1) {
		if (errno == EWOULDBLOCK)
			cl->busy = true;
		return;
	}
	/* A change that is lost here is found by the next reconcile. */
	if (fseeko(cl->batch, 0, SEEK_SET) == -1) {
		lock_drop(lock);
		cluster_disconnect(cl, "what it says cannot be kept here");
	} else if (store_batch(cl, lock) != MAP_OK) {
		cluster_disconnect(cl, "what it says cannot be stored here");
	}
	batch_empty(cl);
	/* There is room now for those that waited for it. */
	cl->busy = true;
}
