/* SPDX-License-Identifier: ISC */
#include "cluster/receive.h"

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

/* If this many changes are waiting, they are stored before more are received. */
#define BATCH_CHANGES_MAX 2000

/* How many changes are stored while the lock is held and logins of this host
 * wait. */
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
		log_say(&cl->am->log, LOG_ERR, "changes of other hosts: cannot be "
		    "written to a temporary file: %s", strerror(errno));
		cluster_disconnect(cl, "no space for its changes");
		return;
	}
	cl->batched++;
	cl->received++;
}

/* Fetch the record of KEY from the map into RECORD.  Return NULL if there is
 * none. */
static const struct record *
look_up(struct cluster *cl, const char *key, struct record *record)
{
	if (map_reopen(&cl->current_map, cl->am->files.map) != MAP_OK ||
	    map_get(cl->current_map, key, record) != MAP_OK)
		return NULL;
	return record;
}

/* Return whether CHANGE would leave OLD, the map's record, as it is. */
static bool
is_known(const struct cluster *cl, const struct change *change,
    const struct record *old)
{
	struct record result;

	return change_resolve(change, old, cl->am->clock(NULL), &result) ==
	    EFFECT_NOTHING;
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
	/* Skip an entry that the map has, unless the batch may still change it. */
	if (cl->batched > 0 ||
	    !is_known(cl, &change, look_up(cl, change.key, &record)))
		batch_add(cl, &change);
}

/*
 * Return whether NEW, whose last login was at LOGIN, counts as a login here.  It
 * does if it is that login itself, or if the login came after OLD was removed.
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
cluster_receive_scanned(struct cluster *cl, const char *key, size_t key_len,
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
cluster_receive_full(const struct cluster *cl)
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
		if (lock == -1) {
			status = map_fail(MAP_TIMEOUT, "another process holds "
			    "the lock");
			break;
		}
		writer_begin(&w, cl->am, lock, deadline_in(LOCK_PATIENCE_MS));
		/* Do not publish what came from other hosts. */
		feed_close(w.feed);
		w.feed = -1;
		status = writer_apply_file(&w, cl->batch, PEER_OPS,
		    STORE_BATCH_CHANGES, NULL, &more);
		writer_end(&w);
		lock = -1;
	}
	if (status == MAP_TIMEOUT)
		log_say(&cl->am->log, LOG_ERR, "%s: cannot be written: %s",
		    cl->am->files.map, map_error());
	return status;
}

void
cluster_receive_turn(struct cluster *cl)
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
	/* If the batch is lost, reconciling after the next connection brings it
	 * back. */
	if (fseeko(cl->batch, 0, SEEK_SET) == -1) {
		lock_drop(lock);
		cluster_disconnect(cl, "its changes cannot be read back");
	} else if (store_batch(cl, lock) != MAP_OK) {
		cluster_disconnect(cl, "its changes cannot be stored in the map");
	}
	batch_empty(cl);
	/* Parts that waited for room in the batch can continue. */
	cl->busy = true;
}
