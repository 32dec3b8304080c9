/* SPDX-License-Identifier: ISC */
/* The writers' side of the interface: logins, refreshes and removals.  See
 * authmap-map(5), "How the map is written". */
#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/blocklist.h"
#include "base/event.h"
#include "store/writer.h"

/* A retry waits only for this long, since it is repeated soon: many sessions that
 * wait must not load the machine. */
#define RETRY_LOCK_MS 50

/* A refused login waits no longer than this to be counted. */
#define REFUSED_LOCK_MS 5

static bool
is_retry(const struct authmap_login *login, enum change_op op)
{
	return op == CHANGE_LOGIN && login->time != 0;
}

/* Return whether LOGIN was so long ago that a removal or a block since then may be
 * forgotten. */
static bool
is_too_old(const struct authmap_login *login, time_t now)
{
	return login->time <= now - BLOCK_MEMORY_SECS;
}

/* Fill CHANGE from LOGIN.  Return false, with the reason in *RESULT, if LOGIN is not
 * to be recorded. */
static bool
fill_change(const struct authmap *am, const struct authmap_login *login,
    enum change_op op, struct change *change, enum authmap_result *result)
{
	unsigned int window = config_window(&am->config, login->window);
	time_t now = am->clock(NULL), last = now;
	struct address address;

	change->op = op;
	change->retried = is_retry(login, op);
	if (am->config.unsafe) {
		log_say(&am->log, LOG_ERR, "%s is not recorded: %s has errors: "
		    "correct them",
		    ENCODED(login->address, 64), am->config.file);
		*result = AUTHMAP_FAILED;
		return false;
	}
	if (!address_parse(login->address, &address)) {
		log_say(&am->log, LOG_ERR, "\"%s\" is not an address: not "
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
	if (change->retried && is_too_old(login, now)) {
		*result = AUTHMAP_REMOVED;
		return false;
	}
	/* If the clock was set back since the login, any removal or block that is
	 * not forgotten may have come after it. */
	if (change->retried && login->time != now)
		last = login->time < now ? login->time :
		    now - BLOCK_MEMORY_SECS + 1;
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
 * the user of CHANGE.  CHANGE is then refused like any change of a blocked user, so
 * nothing is stored under the alias.  Return false if there is no memory.
 */
static bool
use_blocked_alias(const struct authmap *am, const struct authmap_login *login,
    struct change *change, time_t now)
{
	char alias[RECORD_USER_SIZE];

	if (login->alias == NULL || login->alias[0] == '\0' ||
	    am->blocks->count == 0)
		return true;
	record_vis_user(login->alias, alias);
	if (strcmp(alias, "-") == 0)
		return false;
	if (blocked(am, change->key, alias, blocks_since(change, true, now)) &&
	    !blocked(am, change->key, change->record.user, now))
		(void)strlcpy(change->record.user, alias,
		    sizeof change->record.user);
	return true;
}

/*
 * Refuse a blocked login at once, without waiting for the lock.  A blocked refresh
 * goes on, because it may have to keep a tombstone.  writer_begin() reads
 * relay.blocks again, because a block may be made while this login waits for the
 * lock.
 */
static bool
check_blocks(const struct authmap *am, const struct authmap_login *login,
    struct change *change, enum authmap_result *result)
{
	struct record unused;
	time_t now;

	if (blocks_renew(am) == -1) {
		log_say(&am->log, LOG_ERR, "%s is not recorded: %s",
		    change->key, am->blocks->trouble);
		*result = AUTHMAP_FAILED;
		return false;
	}
	/* The time must not be before that of the list: a block that was just lifted
	 * would count as in force. */
	now = am->clock(NULL);
	/* A user whose name could not be encoded may be blocked. */
	if ((login->user != NULL && login->user[0] != '\0' &&
	    strcmp(change->record.user, "-") == 0 && am->blocks->count > 0) ||
	    !use_blocked_alias(am, login, change, now)) {
		log_say(&am->log, LOG_ERR, "%s is not recorded: no memory",
		    change->key);
		*result = AUTHMAP_FAILED;
		return false;
	}
	*result = AUTHMAP_BLOCKED;
	return change->op != CHANGE_LOGIN ||
	    blocks_resolve(am, change, NULL, now, &unused) != EFFECT_BLOCKED;
}

static enum authmap_result
result_of(enum change_effect effect, const struct record *was,
    const struct change *change, time_t now)
{
	return change_result(change, effect,
	    was->service[0] != '\0' ? was : NULL, now);
}

/* Let CHANGE, of a login or a refresh, take place at NOW. */
static void
set_time(struct change *change, time_t now)
{
	change->record.expires += now - change->record.last;
	change->record.last = now;
}

/* Store CHANGE.  Unless it is a retried login, set its time to when this process has
 * the lock.  If AGAIN, do not log that another process holds it: the first attempt
 * has logged it. */
static enum authmap_result
record_change(struct authmap *am, struct change *change, deadline end,
    bool again)
{
	enum change_effect effect = EFFECT_NOTHING;
	struct record was = { .service = "" };
	enum map_status status;
	struct writer w;
	int lock = lock_wait(am, end);

	if (lock == -1) {
		am->busy = errno == EWOULDBLOCK;
		if (!am->busy || !again)
			log_say(&am->log, LOG_ERR, "%s is not recorded: %s: %s",
			    change->key, am->files.lock, am->busy ?
			    "another process holds it" : strerror(errno));
		return AUTHMAP_FAILED;
	}
	writer_begin(&w, am, lock, end);
	/* The clock may have been set back while the login waited. */
	if (!change->retried || change->record.last > w.now)
		set_time(change, w.now);
	status = writer_apply(&w, change, &effect, &was);
	writer_end(&w);
	if (status == MAP_OK && effect == EFFECT_EARLY)
		log_say(&am->log, LOG_NOTICE, change->retried ?
		    "%s is not recorded: the map is not restored yet" :
		    "%s is not refreshed: the map is not restored yet",
		    change->key);
	if (status == MAP_OK)
		return result_of(effect, &was, change, w.now);
	log_say(&am->log, LOG_ERR, "%s is not recorded: %s", change->key,
	    map_error());
	return AUTHMAP_FAILED;
}

#define FRESH_SHARE 16		/* of the window */
#define FRESH_MAX_SECS 60

/* Return whether LOGIN was so short a time ago that a refresh of its entry is not
 * worth writing.  Most sessions end within a minute. */
static bool
is_fresh(const struct authmap *am, const struct authmap_login *login)
{
	time_t now = am->clock(NULL);
	time_t most = config_window(&am->config, login->window) / FRESH_SHARE;

	if (most > FRESH_MAX_SECS)
		most = FRESH_MAX_SECS;
	return login->time <= now && now - login->time < most;
}

static enum authmap_result
record_login(struct authmap *am, const struct authmap_login *login,
    enum change_op op)
{
	bool again = is_retry(login, op);
	unsigned int most_ms = am->config.lock_timeout;
	deadline end = deadline_in(again && most_ms > RETRY_LOCK_MS ?
	    RETRY_LOCK_MS : most_ms);
	enum authmap_result result;
	struct change change, since;

	if (op == CHANGE_REFRESH && is_fresh(am, login))
		return AUTHMAP_REFRESHED;
	if (!fill_change(am, login, op, &change, &result))
		return result;
	if (check_blocks(am, login, &change, &result))
		result = record_change(am, &change, end, again);
	/* The login is old, but its session goes on. */
	if (again &&
	    (result == AUTHMAP_GRANTED || result == AUTHMAP_REFRESHED) &&
	    fill_change(am, login, CHANGE_REFRESH, &since, &result))
		(void)record_change(am, &since, end, again);
	if (result == AUTHMAP_GRANTED)
		event_log(&am->log, LOG_INFO, "granted", change.key,
		    &change.record, NULL);
	else if (result == AUTHMAP_BLOCKED && op == CHANGE_LOGIN)
		event_log(&am->log, LOG_INFO, "blocked", change.key,
		    &change.record, "not recorded");
	return result;
}

/* Count the login if RESULT says that it was refused. */
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
	enum change_effect effect = EFFECT_NOTHING;
	enum map_status status;
	struct record was = { .service = "" };
	deadline end = deadline_in(am->config.lock_timeout);
	struct writer w;
	int lock;

	if (!address_text_to_key(address, am->config.ipv6_prefix,
	    change.key)) {
		log_say(&am->log, LOG_ERR, "\"%s\" is not an address",
		    ENCODED(address, 64));
		return -1;
	}
	lock = lock_wait(am, end);
	if (lock == -1 && errno == EWOULDBLOCK)
		log_say(&am->log, LOG_ERR, "%s: another process holds it: try "
		    "again", am->files.lock);
	else if (lock == -1)
		log_say(&am->log, LOG_ERR, "%s: cannot be opened: %s",
		    am->files.lock, strerror(errno));
	if (lock == -1)
		return -1;
	writer_begin(&w, am, lock, end);
	record_fill(&change.record, w.now, 0, NULL, NULL);
	/* An address that is not in the map gets a tombstone, too: a login that is
	 * retried, or the saved state, may still bring it. */
	status = writer_apply(&w, &change, &effect, &was);
	writer_end(&w);
	if (status == MAP_TIMEOUT)
		log_say(&am->log, LOG_ERR, "%s: %s: try again", am->files.map,
		    map_error());
	if (status != MAP_OK)
		return -1;
	if (was.service[0] == '\0' || was.expires <= w.now)
		return 0;
	event_log(&am->log, LOG_INFO, "removed", change.key, &was, NULL);
	if (entry != NULL)
		record_to_entry(&was, change.key, entry);
	return 1;
}
