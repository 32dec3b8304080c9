/* SPDX-License-Identifier: ISC */
#include "cluster/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "cluster/script.h"
#include "daemon/log-limit.h"
#include "store/feed.h"
#include "store/writer.h"

/* So many changes are stored at once: no login is to wait for them for long. */
#define BATCH_MAX 2000

#define LOCK_PATIENCE_MS 1000
#define STORE_BATCH_CHANGES 100	/* changes, while this host's logins wait */

/* How much of what is refused the log shows. */
#define SHOWN 80

/*
 * The engine's clock is everybody's: by it, it is weighed what was later.  But
 * no end comes later because two clocks differ: of what is told and of what is
 * taken, it is put forward by what one clock is behind the other.
 */
void
cluster_encode(const struct cluster *cl, const struct record *record,
    char text[RECORD_SIZE])
{
	struct record told = *record;

	told.last += cl->ahead;
	if (!record_removed(record) && cl->ahead < 0)
		told.expires += cl->ahead;
	(void)record_encode(&told, text);
}

/* Likewise, what was told with OP. */
static void
translate(const struct cluster *cl, enum change_op op, struct record *record)
{
	record->last -= cl->ahead;
	if (op == CHANGE_PEER_REMOVE ||
	    (!record_removed(record) && cl->ahead > 0))
		record->expires -= cl->ahead;
}

void
cluster_refuse(struct cluster *cl, const char *what, size_t len,
    const char *why)
{
	static struct log_limit limit;
	char shown[SHOWN + 1];

	cl->refused++;
	if (log_limit_repeated(&limit, why))
		return;
	(void)encode_bytes(what, len, shown, sizeof shown);
	log_say(&cl->am->log, LOG_ERR, "refused from the engine: \"%s\": %s "
	    "(more are only counted: authmap check)", shown, why);
}

/* NULL, or why KEY may not be in this host's map.  "": it need not be told. */
static const char *
key_wrong(const struct cluster *cl, const char *key)
{
	const struct config *config = &cl->am->config;
	char ours[AUTHMAP_ADDRESS_SIZE];

	if (!address_is_key(key))
		return "no address";
	if (!address_text_to_key(key, config->ipv6_prefix, ours) ||
	    strcmp(ours, key) != 0)
		return "ipv6_prefix is another there";
	return config_excludes_key(config, key) ? "" : NULL;
}

/* Is its user, by the name under which it is recorded, one whose logins this host
 * does not record? */
static bool
is_unlisted(const struct cluster *cl, const struct record *record)
{
	char user[AUTHMAP_USER_SIZE];

	if (record_removed(record) || !config_limits_users(&cl->am->config))
		return false;
	record_plain_user(record->user, user);
	return !config_records(&cl->am->config, user, NULL);
}

/* NULL, or why this host would not have written CHANGE; "": it has expired, or
 * its user is not recorded here, which is no error of the other host. */
static const char *
record_wrong(const struct cluster *cl, const struct change *change)
{
	struct record kept = change->record;
	time_t now = cl->am->clock(NULL);

	if (kept.last > now + RECORD_SLACK_SECS)
		return "it comes from the future: a clock is wrong there";
	if (change->op == CHANGE_PEER_REMOVE)
		return NULL;
	if (kept.expires > kept.last + (time_t)cluster_longest(cl))
		return "it lasts longer than cluster_max_window";
	return record_sweep(&kept, now) && !is_unlisted(cl, &kept) ? NULL : "";
}

/* Reads what came into CHANGE, which has its OP; false: refused, or over. */
static bool
read_entry(struct cluster *cl, const char *key, size_t key_len,
    const char *text, size_t len, struct change *change)
{
	const char *wrong = NULL;

	if (key_len >= sizeof change->key ||
	    memchr(key, '\0', key_len) != NULL) {
		cluster_refuse(cl, key, key_len, "no address");
		return false;
	}
	memcpy(change->key, key, key_len);
	change->key[key_len] = '\0';
	wrong = key_wrong(cl, change->key);
	if (wrong == NULL && !record_decode(text, len, &change->record))
		wrong = "no record";
	if (wrong == NULL) {
		translate(cl, change->op, &change->record);
		wrong = record_wrong(cl, change);
	}
	if (wrong != NULL && wrong[0] != '\0')
		cluster_refuse(cl, key, key_len, wrong);
	return wrong == NULL;
}

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

/* What the map has of KEY now; NULL: nothing. */
static const struct record *
look_up(struct cluster *cl, const char *key, struct record *record)
{
	if (map_reopen(&cl->kept, cl->am->files.map) != MAP_OK ||
	    map_get(cl->kept, key, record) != MAP_OK)
		return NULL;
	return record;
}

/* Does the map know as much, which has OLD? */
static bool
known(const struct cluster *cl, const struct change *change,
    const struct record *old)
{
	struct record result;

	return change_resolve(change, old, cl->am->clock(NULL), &result) ==
	    CHANGE_NOTHING;
}

void
cluster_take(struct cluster *cl, char op, const char *key, size_t key_len,
    const char *text, size_t len)
{
	struct change change = { .op = op == '+' ? CHANGE_PEER_LOGIN :
	    op == '-' ? CHANGE_PEER_REMOVE : CHANGE_PEER };
	struct record record;

	if (!read_entry(cl, key, key_len, text, len, &change))
		return;
	/* Such as what is told once more; what is in the batch may change it. */
	if (cl->batched > 0 ||
	    !known(cl, &change, look_up(cl, change.key, &record)))
		batch_add(cl, &change);
}

/*
 * Is what was told as NEW, after a last login at LOGIN, known as a login here?
 * If it is the login itself; or if that is later than that OLD was removed.
 */
static bool
is_login(const struct cluster *cl, const struct record *new,
    const struct record *old, const char *login)
{
	const char *wrong;
	time_t at = (time_t)strtonum(login, 0, 9999999999LL, &wrong) -
	    cl->ahead;

	return wrong == NULL && (at == new->last ||
	    (old != NULL && record_removed(old) && at > old->last));
}

void
cluster_compare(struct cluster *cl, const char *key, size_t key_len,
    const char *text, size_t len, const char *login)
{
	struct change change = { .op = CHANGE_PEER };
	const struct record *old;
	struct record record;

	if (!read_entry(cl, key, key_len, text, len, &change))
		return;
	old = look_up(cl, change.key, &record);
	if (is_login(cl, &change.record, old, login))
		change.op = CHANGE_PEER_LOGIN;
	if (!known(cl, &change, old))
		batch_add(cl, &change);
}

bool
cluster_store_full(const struct cluster *cl)
{
	return cl->batched >= BATCH_MAX;
}

/* Forgets the batch, but keeps its file. */
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
store(struct cluster *cl, int lock)
{
	enum map_status status = MAP_OK;
	bool more = true;

	while (status == MAP_OK && more) {
		struct writer w;

		if (lock == -1)
			lock = lock_wait(cl->am, deadline_in(LOCK_PATIENCE_MS));
		if (lock == -1)
			return map_fail(MAP_TIMEOUT, "another process holds the lock");
		writer_begin(&w, cl->am, lock, deadline_in(LOCK_PATIENCE_MS));
		/* What came from other hosts is no news to them. */
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
			cl->soon = true;
		return;
	}
	/* What is lost is compared when we are in touch again. */
	if (fseeko(cl->batch, 0, SEEK_SET) == -1) {
		lock_drop(lock);
		cluster_disconnect(cl, "what it says cannot be kept here");
	} else if (store(cl, lock) != MAP_OK) {
		cluster_disconnect(cl, "what it says cannot be stored here");
	}
	batch_empty(cl);
	/* Whoever has waited for room goes on. */
	cl->soon = true;
}
