#include "store/limit.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "store/journal.h"
#include "base/event.h"

/* A published map of this size (bytes) is walked while logins wait. */
#define SMALL_MAP (1024 * 1024)

#define LOG_EVERY 60		/* seconds */

bool
limit_wanted(const struct authmap *am)
{
	return am->config.max_per_user != 0 || am->config.max_entries != 0;
}

void
limit_begin(struct limit *limit, const struct authmap *am, int changes,
    deadline end, time_t now)
{
	memset(limit, 0, sizeof *limit);
	limit->am = am;
	limit->changes = changes;
	limit->end = end;
	limit->now = now;
	limit->users.fd = -1;
	owned_begin(&limit->owned, end, now);
}

/* relay.users would tell of a map that was never published. */
static void
forget_unpublished(struct limit *limit)
{
	if (limit->users.fd == -1 || users_settled(&limit->users))
		return;
	(void)file_drop(limit->am, limit->am->files.users);
	users_close(&limit->users);
	limit->asked = false;
}

void
limit_end(struct limit *limit)
{
	forget_unpublished(limit);
	users_close(&limit->users);
	owned_end(&limit->owned);
}

void
limit_batch(struct limit *limit)
{
	forget_unpublished(limit);
	owned_forget(&limit->owned);
	limit->refused = 0;
}

/* Without the file no limit holds, until somebody has made it anew. */
static void
lose(struct limit *limit)
{
	const char *path = limit->am->files.users;

	log_say(&limit->am->log, LOG_ERR, "%s: %s: no limit holds before it "
	    "is made anew", path, errno == EILSEQ ? "is damaged" :
	    strerror(errno));
	(void)file_drop(limit->am, path);
	users_close(&limit->users);
}

void
limit_settle(struct limit *limit)
{
	if (limit->users.fd != -1 && !users_settled(&limit->users) &&
	    !users_settle(&limit->users))
		lose(limit);
}

/* One from the future is an entry, too: the next sweep will mend it. */
static bool
counts(const struct record *record, time_t now)
{
	return record->expires > now;
}

bool
limit_gains(const struct record *old, const struct record *result, time_t now)
{
	return counts(result, now) && (old == NULL || !counts(old, now) ||
	    strcmp(old->user, result->user) != 0);
}

bool
limit_knows(const struct authmap *am, unsigned int entries)
{
	long long total = users_total(am), most = entries;

	/* Much too many keep out honest users, whoever wrote them. */
	return !limit_wanted(am) ||
	    (total >= most && total <= most + most / 4 + 1000);
}

/* ----- relay.users ------------------------------------------------------- */

void
limit_anew(struct limit *limit)
{
	users_close(&limit->users);
	limit->asked = true;
	limit_batch(limit);
	if (limit_wanted(limit->am) && !users_begin(limit->am, &limit->users,
	    limit->am->files.users))
		lose(limit);
}

void
limit_restored(struct limit *limit)
{
	if (limit->users.fd != -1 && !users_end(&limit->users))
		lose(limit);
}

static int
add_entry(const char *key, const struct record *record, void *arg)
{
	struct limit *limit = arg;

	if (record == NULL || !counts(record, limit->now))
		return 0;
	return users_add(&limit->users, record->user, key) ? 0 : 1;
}

/* The published map is what the next one begins as. */
static void
make(struct limit *limit)
{
	const char *path = limit->am->files.map;
	enum map_status status;
	int stopped = 0;
	struct stat st;
	struct map *map;

	if (stat(path, &st) == -1 || st.st_size > SMALL_MAP ||
	    map_open(&map, path, MAP_READ) != MAP_OK)
		return;
	limit_anew(limit);
	if (limit->users.fd != -1) {
		status = map_walk(map, add_entry, limit, &stopped);
		/* Of a map that is broken, the file stays unfinished. */
		if (status != MAP_OK)
			users_close(&limit->users);
		else if (stopped != 0 || !users_end(&limit->users))
			lose(limit);
	}
	(void)map_close(map);
}

static bool
ready(struct limit *limit)
{
	if (!limit->asked && limit_wanted(limit->am)) {
		limit->asked = true;
		if (!users_open(limit->am, &limit->users))
			make(limit);
	}
	return limit->users.fd != -1;
}

/* ----- the limits -------------------------------------------------------- */

/* What is to be let in, and where. */
struct wish {
	struct map *map;
	bool live;
	const struct change *change;
	const struct record *result;
	bool more;		/* it takes no other's place */
};

/* Nobody knows who is behind "-": perhaps many. */
static bool
user_full(const struct limit *limit, const char *user, size_t count)
{
	unsigned int most = limit->am->config.max_per_user;

	return most != 0 && count >= most && strcmp(user, "-") != 0;
}

static bool
all_full(const struct limit *limit, const struct wish *wish)
{
	unsigned int most = limit->am->config.max_entries;

	return most != 0 && wish->more && limit->users.head.total >= most;
}

static bool
full(const struct limit *limit, const struct wish *wish, size_t count)
{
	return user_full(limit, wish->result->user, count) ||
	    all_full(limit, wish);
}

/* One line a minute, whichever process writes it: may it be now? */
static bool
may_log(struct limit *limit)
{
	int64_t ago = limit->now - limit->users.head.logged;

	if (ago >= 0 && ago < LOG_EVERY)
		return false;
	if (!users_logged(&limit->users, limit->now))
		lose(limit);
	return true;
}

/* KEY with RECORD had to go for the wish. */
static void
say_gone(struct limit *limit, const struct wish *wish, const char *key,
    const struct record *record)
{
	const struct config *config = &limit->am->config;
	bool user = user_full(limit, record->user, limit->owned.count + 1);
	char why[256];

	if (!may_log(limit))
		return;
	(void)snprintf(why, sizeof why, "%s = %u is reached by %s: %s, or raise "
	    "the limit", user ? "max_per_user" : "max_entries",
	    user ? config->max_per_user : config->max_entries,
	    wish->change->key, user ? "change his password if it was stolen" :
	    "see authmap list for who has so many");
	event_log(&limit->am->log, LOG_WARNING, "removed", key, record, why);
}

/* That a user's own limit keeps a session out was said when he reached it. */
static void
say_refused(struct limit *limit, const struct wish *wish)
{
	char why[256];

	if (!all_full(limit, wish) || !may_log(limit))
		return;
	(void)snprintf(why, sizeof why, "max_entries = %u is reached: see "
	    "authmap list for who has so many, or raise the limit",
	    limit->am->config.max_entries);
	event_log(&limit->am->log, LOG_WARNING, "refused", wish->change->key,
	    wish->result, why);
}

/* Ends his oldest; false: he has none any more. */
static bool
end_oldest(struct limit *limit, const struct wish *wish)
{
	char key[AUTHMAP_ADDRESS_SIZE];
	struct record record;

	if (!owned_oldest(&limit->owned, wish->map, key, &record))
		return false;
	/* Over by any clock, also one that is set back. */
	if (record.last > limit->now)
		record.last = limit->now;
	record.expires = record.last;
	changes_note(limit->am, limit->changes, key, &record);
	/* What has failed is told when the map is closed. */
	(void)map_put(wish->map, key, &record);
	say_gone(limit, wish, key, &record);
	return true;
}

/*
 * Gathers what the user has.  A live map is read by another handle: the
 * writer's own reads the file anew for each key that gdbm remembers.
 */
static bool
gather(struct limit *limit, const struct wish *wish)
{
	const char *user = wish->result->user;
	struct map *map;
	bool good;

	if (!wish->live ||
	    map_open(&map, limit->am->files.map, MAP_READ) != MAP_OK)
		return owned_gather(&limit->owned, &limit->users, wish->map,
		    user);
	good = owned_gather(&limit->owned, &limit->users, map, user);
	(void)map_close(map);
	return good;
}

/* Makes room if there is none; says in *EFFECT what comes of the wish. */
static bool
make_room(struct limit *limit, const struct wish *wish,
    enum change_effect *effect)
{
	const struct owned *owned = &limit->owned;
	const char *user = wish->result->user;
	enum change_op op = wish->change->op;
	bool login = op == CHANGE_LOGIN || op == CHANGE_LOGIN_ELSEWHERE;
	unsigned int most;

	*effect = CHANGE_STORE;
	if (!users_most(&limit->users, user, &most))
		return false;
	if (!full(limit, wish, most))
		return true;
	/* It will be let in, and who goes is found in the next map. */
	if (wish->live && login && !all_full(limit, wish))
		return true;
	if (!gather(limit, wish))
		return false;
	if (!full(limit, wish, owned->count))
		return true;
	if (!login || (owned->all && owned->count == 0)) {
		say_refused(limit, wish);
		limit->refused++;
		*effect = CHANGE_FULL;
		return true;
	}
	/* More than one goes if the limit was lowered. */
	while (!wish->live && end_oldest(limit, wish) &&
	    user_full(limit, user, owned->count) && !deadline_over(limit->end))
		continue;
	return true;
}

/* Counts one that is let in. */
static bool
let_in(struct limit *limit, const struct wish *wish, const struct record *old)
{
	const char *user = wish->result->user, *key = wish->change->key;

	/* The line that the key has by what it was, whoever's that is. */
	if (old != NULL) {
		if (strcmp(limit->owned.user, old->user) == 0)
			owned_forget(&limit->owned);
		if (!users_drop(&limit->users, old->user, key))
			return false;
	}
	if (!users_add(&limit->users, user, key))
		return false;
	owned_add(&limit->owned, user, key, wish->result->last,
	    limit->users.head.next);
	return true;
}

enum change_effect
limit_weigh(struct limit *limit, struct map *map, bool live,
    const struct change *change, const struct record *old,
    const struct record *result)
{
	const struct wish wish = { map, live, change, result,
	    old == NULL || !counts(old, limit->now) };
	enum change_effect effect = CHANGE_STORE;
	bool good;

	if (!limit_gains(old, result, limit->now) || !ready(limit))
		return CHANGE_STORE;
	good = make_room(limit, &wish, &effect);
	if (good && !live && effect == CHANGE_STORE && limit->users.fd != -1)
		good = let_in(limit, &wish, old);
	/* Whoever's fault it is, it is not the client's. */
	if (!good)
		lose(limit);
	return good ? effect : CHANGE_STORE;
}
