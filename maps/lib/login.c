/* SPDX-License-Identifier: ISC */
/*
 * The writers' side of the interface: a login, a sign of life, a removal.
 * See authmap-map(5), "How the map is written".
 */
#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/blocklist.h"
#include "base/event.h"
#include "store/writer.h"

/* A retry is repeated soon: many sessions that wait must not load the machine. */
#define RETRY_LOCK_MS 50

/* A login that is refused waits no longer than this, only to be counted. */
#define REFUSED_LOCK_MS 5

static bool
is_retry(const struct authmap_login *login, enum change_op op)
{
	return op == CHANGE_LOGIN && login->time != 0;
}

/*
 * Store in *LAST the LAST of a retried LOGIN: the second before it, so that a
 * removal in the same second counts as later, and always before NOW, so that it
 * cannot be taken for a new login.  Return false if the login is so old that a
 * removal or a block since may be forgotten.
 */
static bool
retry_time(const struct authmap_login *login, time_t now, time_t *last)
{
	if (login->time <= now - BLOCK_MEMORY_SECS)
		return false;
	*last = (login->time < now ? login->time : now) - 1;
	return true;
}

/* Fills CHANGE; false when LOGIN is none that is recorded, see *RESULT. */
static bool
fill_change(const struct authmap *am, const struct authmap_login *login,
    enum change_op op, struct change *change, enum authmap_result *result)
{
	unsigned int window = config_window(&am->config, login->window);
	time_t now = am->clock(NULL), last = now;
	struct address address;

	if (am->config.unsafe) {
		log_say(&am->log, LOG_ERR, "%s is not recorded: whom to "
		    "exclude cannot be read from %s: correct its errors",
		    ENCODED(login->address, 64), am->config.file);
		*result = AUTHMAP_FAILED;
		return false;
	}
	if (!address_parse(login->address, &address)) {
		log_say(&am->log, LOG_ERR, "\"%s\" is no address: not "
		    "recorded", ENCODED(login->address, 64));
		*result = AUTHMAP_FAILED;
		return false;
	}
	if (config_excludes(&am->config, &address)) {
		*result = AUTHMAP_EXCLUDED;
		return false;
	}
	if (!config_records(&am->config, login->user, login->alias)) {
		*result = AUTHMAP_UNLISTED;
		return false;
	}
	if (window < login->window && op == CHANGE_LOGIN)
		log_say(&am->log, LOG_WARNING, "%s: its window of %u seconds is "
		    "cut to %u: raise max_window in %s", login->address,
		    login->window, window, am->config.file);
	if (is_retry(login, op) && !retry_time(login, now, &last)) {
		*result = AUTHMAP_REMOVED;
		return false;
	}
	change->op = op;
	address_key(&address, am->config.ipv6_prefix, change->key);
	record_fill(&change->record, last, window, login->service,
	    login->user);
	/* The session of a retried login goes on. */
	if (change->record.expires <= now)
		change->record.expires = now + (time_t)window;
	return true;
}

/*
 * If the alias of LOGIN is blocked and the user is not, put the alias in place of
 * the user of CHANGE: it is refused like any change of a blocked user, and nothing
 * is stored under the alias.  Return false if there is no memory.
 */
static bool
use_blocked_alias(const struct authmap *am, const struct authmap_login *login,
    struct change *change)
{
	time_t then = change->record.last;
	char alias[RECORD_USER_SIZE];

	if (login->alias == NULL || login->alias[0] == '\0' ||
	    am->blocks->count == 0)
		return true;
	record_vis_user(login->alias, alias);
	if (strcmp(alias, "-") == 0)
		return false;
	/* As blocks_resolve() will: a session remembers a block that is over. */
	if (change->op != CHANGE_LOGIN)
		then -= BLOCK_MEMORY_SECS;
	if (blocked(am, change->key, alias, then) &&
	    !blocked(am, change->key, change->record.user, am->clock(NULL)))
		(void)strlcpy(change->record.user, alias,
		    sizeof change->record.user);
	return true;
}

/*
 * Refuse a blocked login at once, without waiting for the lock.  A blocked refresh
 * goes on, since it may have to keep a tombstone.  writer_begin() reads relay.blocks
 * once more: a block may be made while this login waits for the lock.
 */
static bool
check_blocks(const struct authmap *am, const struct authmap_login *login,
    struct change *change, enum authmap_result *result)
{
	const char *wrong = blocks_renew(am);
	struct record unused;

	if (wrong != NULL) {
		log_say(&am->log, LOG_ERR, "%s is not recorded: %s",
		    change->key, wrong);
		*result = AUTHMAP_FAILED;
		return false;
	}
	/* Whose name could not be encoded may be blocked. */
	if ((login->user != NULL && login->user[0] != '\0' &&
	    strcmp(change->record.user, "-") == 0 && am->blocks->count > 0) ||
	    !use_blocked_alias(am, login, change)) {
		log_say(&am->log, LOG_ERR, "%s is not recorded: no memory",
		    change->key);
		*result = AUTHMAP_FAILED;
		return false;
	}
	*result = AUTHMAP_BLOCKED;
	return change->op != CHANGE_LOGIN || blocks_resolve(am, change, NULL,
	    am->clock(NULL), &unused) != CHANGE_BLOCKED;
}

static enum authmap_result
result_of(enum change_effect effect, const struct record *was,
    const struct change *change, time_t now)
{
	return change_result(change, effect,
	    was->service[0] != '\0' ? was : NULL, now);
}

/* Store CHANGE.  A lock that another process holds is trouble that the login of a
 * session has told already when it RETRIES. */
static enum authmap_result
record_change(struct authmap *am, const struct change *change, deadline end,
    bool retries)
{
	enum change_effect effect = CHANGE_NOTHING;
	struct record was = { .service = "" };
	enum map_status status;
	struct writer w;
	int lock = lock_wait(am, end);

	if (lock == -1) {
		am->busy = errno == EWOULDBLOCK;
		if (!am->busy || !retries)
			log_say(&am->log, LOG_ERR, "%s is not recorded: %s: %s",
			    change->key, am->files.lock, am->busy ?
			    "another process holds it" : strerror(errno));
		return AUTHMAP_FAILED;
	}
	writer_begin(&w, am, lock, end);
	status = writer_apply(&w, change, &effect, &was);
	writer_end(&w);
	if (status == MAP_OK && effect == CHANGE_EARLY)
		log_say(&am->log, LOG_NOTICE, "%s is not refreshed: the map is "
		    "not restored yet", change->key);
	if (status == MAP_OK)
		return result_of(effect, &was, change, w.now);
	log_say(&am->log, LOG_ERR, "%s is not recorded: %s", change->key,
	    map_error());
	return AUTHMAP_FAILED;
}

/* Of the window, and in seconds: see is_fresh(). */
#define REFRESH_STEP_SHARE 16
#define REFRESH_STEP_MAX_SECS 60

/*
 * Would the refresh CHANGE, of now, move LAST and EXPIRES by less than a small
 * share of the window?  Then it is not worth waiting for the lock: most sessions
 * end within a minute of their login.  A map that cannot be read, or an entry that
 * is missing, removed or blocked, is the lock holder's affair.
 */
static bool
is_fresh(const struct authmap *am, const struct change *change)
{
	const struct record *new = &change->record;
	time_t now = new->last, step = (new->expires - now) / REFRESH_STEP_SHARE;
	struct record old;
	struct map *map;
	bool found;

	if (map_open(&map, am->files.map, MAP_READ) != MAP_OK)
		return false;
	found = map_get(map, change->key, &old) == MAP_OK;
	map_close(map);
	if (step > REFRESH_STEP_MAX_SECS)
		step = REFRESH_STEP_MAX_SECS;
	return found && record_valid(&old, now) &&
	    old.last <= now && now - old.last < step &&
	    new->expires - old.expires < step &&
	    old.expires <= now + (time_t)config_longest(&am->config) &&
	    !blocked(am, change->key, old.user, now) &&
	    !blocked(am, change->key, new->user, now);
}

static enum authmap_result
record_login(struct authmap *am, const struct authmap_login *login,
    enum change_op op)
{
	bool retries = is_retry(login, op);
	unsigned int most_ms = am->config.lock_timeout;
	deadline end = deadline_in(retries && most_ms > RETRY_LOCK_MS ?
	    RETRY_LOCK_MS : most_ms);
	enum authmap_result result;
	struct change change, since;

	if (!fill_change(am, login, op, &change, &result))
		return result;
	if (check_blocks(am, login, &change, &result))
		result = op == CHANGE_REFRESH && is_fresh(am, &change) ?
		    AUTHMAP_REFRESHED :
		    record_change(am, &change, end, retries);
	/* Its session goes on: only the login is old. */
	if (retries &&
	    (result == AUTHMAP_GRANTED || result == AUTHMAP_REFRESHED) &&
	    fill_change(am, login, CHANGE_REFRESH, &since, &result))
		(void)record_change(am, &since, end, retries);
	if (result == AUTHMAP_GRANTED)
		event_log(&am->log, LOG_INFO, "granted", change.key,
		    &change.record, NULL);
	else if (result == AUTHMAP_BLOCKED && op == CHANGE_LOGIN)
		event_log(&am->log, LOG_INFO, "blocked", change.key,
		    &change.record, "not recorded");
	return result;
}

/* Count a login that was refused, if this was why. */
static void
count_refused(const struct authmap *am, enum authmap_result result)
{
	const struct tally tally = {
		.refused = result == AUTHMAP_EXCLUDED ? COUNT_EXCLUDED :
		    result == AUTHMAP_BLOCKED ? COUNT_BLOCKED :
		    result == AUTHMAP_UNLISTED ? COUNT_UNLISTED : 0,
	};
	int lock;

	if (tally.refused == 0)
		return;
	lock = lock_wait(am, deadline_in(REFUSED_LOCK_MS));
	if (lock == -1)
		return;
	(void)counters_add(lock, &tally, false, am->clock(NULL));
	lock_drop(lock);
}

static enum authmap_result
record_or_count(struct authmap *am, const struct authmap_login *login,
    enum change_op op)
{
	enum authmap_result result;

	am->busy = false;
	result = record_login(am, login, op);
	if (result == AUTHMAP_FAILED && !(am->busy && is_retry(login, op)))
		counters_add_failure(am);
	if (op == CHANGE_LOGIN)
		count_refused(am, result);
	return result;
}

enum authmap_result
authmap_record(struct authmap *am, const struct authmap_login *login)
{
	return record_or_count(am, login, CHANGE_LOGIN);
}

enum authmap_result
authmap_refresh(struct authmap *am, const struct authmap_login *login)
{
	return record_or_count(am, login, CHANGE_REFRESH);
}

int
authmap_is_busy(const struct authmap *am)
{
	return am->busy;
}

int
authmap_remove(struct authmap *am, const char *address,
    struct authmap_entry *entry)
{
	struct change change = { .op = CHANGE_REMOVE };
	enum change_effect effect = CHANGE_NOTHING;
	enum map_status status;
	struct record was = { .service = "" };
	deadline end = deadline_in(am->config.lock_timeout);
	struct writer w;
	int lock;

	if (!address_text_to_key(address, am->config.ipv6_prefix,
	    change.key)) {
		log_say(&am->log, LOG_ERR, "\"%s\" is no address",
		    ENCODED(address, 64));
		return -1;
	}
	lock = lock_wait(am, end);
	if (lock == -1) {
		log_say(&am->log, LOG_ERR, "%s: %s", am->files.lock,
		    errno == EWOULDBLOCK ? "another writer holds it: try again"
		    : strerror(errno));
		return -1;
	}
	writer_begin(&w, am, lock, end);
	record_fill(&change.record, w.now, 0, NULL, NULL);
	/* One that is not there gets a tombstone, too: it may still come from a
	 * login that is retried, or from the saved state. */
	status = writer_apply(&w, &change, &effect, &was);
	writer_end(&w);
	if (status == MAP_TIMEOUT)
		log_say(&am->log, LOG_ERR, "%s: another writer holds it: try "
		    "again", am->files.map);
	if (status != MAP_OK)
		return -1;
	if (was.service[0] == '\0' || was.expires <= w.now)
		return 0;
	event_log(&am->log, LOG_INFO, "removed", change.key, &was, NULL);
	if (entry != NULL)
		record_to_entry(&was, change.key, entry);
	return 1;
}
