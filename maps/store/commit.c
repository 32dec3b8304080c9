#include "store/commit.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "store/batch.h"
#include "store/blocklist.h"
#include "store/journal.h"
#include "store/map-copy.h"
#include "store/feed.h"
#include "store/pending.h"
#include "store/saved.h"

void
writer_begin(struct writer *w, const struct authmap *am, int lock,
    deadline end)
{
	w->am = am;
	w->lock = lock;
	w->changes = changes_open(am);
	w->feed = feed_open(am);
	w->end = end;
	w->now = am->clock(NULL);
	w->trouble = blocks_renew(am);
	w->begun = monotonic_us();
	memset(&w->done, 0, sizeof w->done);
	limit_begin(&w->limit, am, w->changes, end, w->now);
}

void
writer_end(struct writer *w)
{
	const struct tally *done = &w->done;

	limit_end(&w->limit);
	if (w->changes != -1)
		(void)close(w->changes);
	feed_close(w->feed);
	if (done->grants > 0 || done->refreshes > 0 || done->publishes > 0)
		counts_add(w->lock, done, w->am->clock(NULL));
	lock_drop(w->lock);
}

/* What the last apply() has counted is published. */
static void
batch_done(struct writer *w, const struct batch *b)
{
	limit_settle(&w->limit);
	w->done.grants += b->tally.grants;
	w->done.refreshes += b->tally.refreshes;
}

/* MAP_NONE: this cannot be done in the published map. */
static enum map_status
put(const struct writer *w, struct map *map, bool live,
    enum change_effect effect, const struct change *change,
    const struct record *record)
{
	if (live && effect == CHANGE_STORE)
		return MAP_NONE;
	changes_note(w->am, w->changes, change->key, record);
	feed_note(w->am, w->feed, change, record);
	return live ? map_touch(map, change->key, record) :
	    map_put(map, change->key, record);
}

/*
 * Does with MAP what the batch asks for.  In a published map (LIVE) only
 * what can be done in place: *REST says whether something remains.
 */
static enum map_status
apply(struct writer *w, struct batch *b, struct map *map, bool live,
    bool *rest)
{
	struct change change;
	bool own;

	if (batch_rewind(b) != MAP_OK)
		return MAP_TROUBLE;
	limit_batch(&w->limit);
	while (batch_next(b, &change, &own)) {
		struct record old, result;
		enum change_effect effect;
		enum map_status status = map_get(map, change.key, &old);
		const struct record *met = status == MAP_OK ? &old : NULL;

		if (status != MAP_OK && status != MAP_NONE)
			return status;
		effect = blocks_weigh(w->am, &change, met, w->now, &result);
		if (effect == CHANGE_STORE)
			effect = limit_weigh(&w->limit, map, live, &change,
			    met, &result);
		if (own)
			batch_report(b, effect, met);
		if (effect >= CHANGE_TIMES)
			status = put(w, map, live, effect, &change, &result);
		else if (status == MAP_OK)
			/* Who was killed may have noted what it never did. */
			changes_note(w->am, w->changes, change.key, &old);
		if (status == MAP_NONE && effect >= CHANGE_TIMES) {
			/* The others after it, so that all keep their order. */
			*rest = true;
			return MAP_OK;
		}
		if (status == MAP_TROUBLE || status == MAP_BROKEN)
			return status;
		if (b->counted)
			tally_change(&b->tally, &change, effect, met, w->now);
		if (!live && !own && deadline_over(w->end)) {
			b->done = b->in != NULL ? ftello(b->in) : 0;
			return MAP_LATE;
		}
	}
	if (b->in != NULL && ferror(b->in))
		return map_fail(MAP_TROUBLE, "what is to be stored cannot be read");
	return MAP_OK;
}

/* Opens the next map: a copy of the present one, or one begun anew. */
static enum map_status
fresh_open(struct writer *w, struct map **map, bool anew)
{
	const struct files *files = &w->am->files;
	unsigned int restored = 0;
	enum map_status status;

	*map = NULL;
	if (!anew) {
		status = map_copy(w->am, files->fresh, w->end);
		if (status == MAP_OK)
			status = map_open(map, files->fresh, MAP_WRITE);
		return status;
	}
	status = map_create(map, w->am, files->fresh);
	if (status != MAP_OK)
		return status;
	/* A sweep that is going on copies the map that was lost; other hosts
	 * may know more than the saved state. */
	changes_drop(w->am);
	feed_drop(w->am);
	if (w->feed != -1) {
		feed_close(w->feed);
		w->feed = feed_open(w->am);
	}
	limit_anew(&w->limit);
	status = state_restore(w->am, &w->limit, *map, w->end, &restored);
	if (status != MAP_OK && status != MAP_LATE)
		return MAP_TROUBLE;
	limit_restored(&w->limit);
	/* Unless it is asked for, the next sweep saves only what is new. */
	if (status == MAP_LATE && !state_ask_restore(w->am))
		return map_fail(MAP_TROUBLE, "what was saved would be lost");
	log_say(&w->am->log, restored > 0 ? LOG_NOTICE : LOG_INFO,
	    "%s: begun anew with %u entries of the saved state", files->map,
	    restored);
	return MAP_OK;
}

bool
writer_holds(const struct writer *w)
{
	const struct files *files = &w->am->files;

	if (file_is(files->lock, w->lock))
		return true;
	log_say(&w->am->log, LOG_ERR, "%s: was removed or replaced while it "
	    "was held: not published", files->lock);
	return false;
}

enum map_status
writer_publish(struct writer *w, const char *path)
{
	const struct files *files = &w->am->files;

	/* Else PATH is by now that of whoever has the new lock. */
	if (!writer_holds(w))
		return MAP_TROUBLE;
	if (rename(path, files->map) == -1) {
		log_say(&w->am->log, LOG_ERR, "%s: cannot be published: %s",
		    files->map, strerror(errno));
		(void)unlink(path);
		return MAP_TROUBLE;
	}
	w->done.publishes++;
	w->done.took = monotonic_us() - w->begun;
	return MAP_OK;
}

/*
 * Stores the batch in a new map and publishes it.  When the time is over, what
 * is stored by then is published too, and the next writer goes on from there.
 */
static enum map_status
store(struct writer *w, struct batch *b, bool anew)
{
	struct map *map;
	enum map_status status = fresh_open(w, &map, anew), closed;
	enum map_status stored = MAP_TROUBLE;

	if (status == MAP_OK)
		status = apply(w, b, map, false, NULL);
	if (map != NULL)
		stored = status;
	closed = map_close(map);
	if (closed != MAP_OK && (status == MAP_OK || status == MAP_LATE))
		status = stored = closed;
	if (stored == MAP_OK || stored == MAP_LATE) {
		if (writer_publish(w, w->am->files.fresh) == MAP_OK) {
			batch_done(w, b);
			return status;
		}
		b->done = 0;
		return MAP_TROUBLE;
	}
	b->done = 0;
	/* A map that was made just now is not broken: something is wrong. */
	if (anew && status == MAP_BROKEN)
		status = MAP_TROUBLE;
	if (status == MAP_TROUBLE)
		log_say(&w->am->log, LOG_ERR, "%s: cannot be written: %s",
		    w->am->files.fresh, map_error());
	(void)unlink(w->am->files.fresh);
	return status;
}

static enum map_status
attempt(struct writer *w, struct batch *b)
{
	struct map *map;
	enum map_status status = map_open(&map, w->am->files.map, MAP_LIVE);
	enum map_status closed;
	bool anew = status == MAP_NONE, rest = anew;

	b->reported = false;
	if (status == MAP_TROUBLE && map_is_anothers(w->am))
		status = map_fail(MAP_BROKEN, "may not be read");
	if (anew)
		status = MAP_OK;
	else if (status == MAP_OK && !batch_small(b))
		rest = true;
	else if (status == MAP_OK)
		status = apply(w, b, map, true, &rest);
	closed = map_close(map);
	if (status == MAP_OK)
		status = closed;
	if (status == MAP_TROUBLE)
		log_say(&w->am->log, LOG_ERR, "%s: cannot be used: %s",
		    w->am->files.map, map_error());
	/* Else another may have copied the map before it was written into. */
	if (status == MAP_OK && !writer_holds(w))
		return MAP_TROUBLE;
	if (status == MAP_OK && rest)
		return store(w, b, anew);
	if (status == MAP_OK)
		batch_done(w, b);
	return status;
}

static enum map_status
commit(struct writer *w, struct batch *b)
{
	enum map_status status;

	if (w->trouble != NULL) {
		log_say(&w->am->log, LOG_ERR, "%s", w->trouble);
		return map_fail(MAP_TROUBLE, "what is blocked is not known");
	}
	status = attempt(w, b);
	/* Once more: some failures of the system look to gdbm like damage. */
	if (status == MAP_BROKEN)
		status = attempt(w, b);
	if (status != MAP_BROKEN)
		return status;
	if (file_set_aside(w->am, w->am->files.map, map_error()) == -1)
		return MAP_TROUBLE;
	return attempt(w, b);
}

enum map_status
writer_restore(struct writer *w, FILE *in)
{
	struct batch b = { .in = in, .end = CHANGE_NO_END, .ops = STATE_OPS,
	    .restores = true };

	return commit(w, &b);
}

enum map_status
writer_commit_file(struct writer *w, FILE *in)
{
	struct batch b = { .in = in, .end = CHANGE_NO_END, .ops = STATE_OPS };

	return commit(w, &b);
}

/* Stores what is pending, if there is anything, and the batch's own. */
static enum map_status
commit_round(struct writer *w, struct batch *b)
{
	enum map_status status;

	b->in = NULL;
	b->done = 0;
	if (pending_there(w->am) && !pending_take(w->am, &b->in))
		return MAP_TROUBLE;
	status = commit(w, b);
	if (b->in != NULL)
		pending_finish(w->am, b->in, status == MAP_OK, b->done,
		    b->good, b->bad);
	return status;
}

enum map_status
writer_commit_elsewhere(struct writer *w, FILE *in)
{
	struct batch pending = { .end = PENDING_END, .ops = PENDING_OPS,
	    .counted = true };
	struct batch b = { .in = in, .end = CHANGE_NO_END,
	    .ops = ELSEWHERE_OPS };

	/* A removal must not meet a login from before it later, see below;
	 * the first may be what a holder left. */
	for (int i = 0; i < 2 && pending_there(w->am); i++)
		if (commit_round(w, &pending) != MAP_OK)
			return MAP_TROUBLE;
	feed_close(w->feed);
	w->feed = -1;
	return commit(w, &b);
}

enum map_status
writer_commit(struct writer *w, const struct change *own,
    enum change_effect *effect, struct record *was)
{
	struct batch b = { .end = PENDING_END, .ops = PENDING_OPS,
	    .effect = effect, .was = was, .counted = true };
	enum map_status status = MAP_OK;

	/* What a holder left is older than what is pending, and that is older
	 * than OWN: a removal must not meet a login from before it later. */
	if (own != NULL && pending_left(w->am))
		status = commit_round(w, &b);
	if (status != MAP_OK)
		return status;
	b.own = own;
	status = commit_round(w, &b);
	/*
	 * Perhaps it was what a holder left, or it took a while and more has
	 * come: its writers need not wait for the lock then.  How that ends
	 * does not matter to who had something of his own.
	 */
	b.own = NULL;
	for (int i = 0; i < 2; i++) {
		bool slow = b.in != NULL || w->done.publishes > 0;

		if (status != MAP_OK || !slow || !pending_there(w->am))
			break;
		if (commit_round(w, &b) != MAP_OK)
			return own != NULL ? MAP_OK : MAP_TROUBLE;
	}
	return status;
}
