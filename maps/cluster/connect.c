/* SPDX-License-Identifier: ISC */
#include "cluster/connect.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "cluster/blocks.h"
#include "cluster/feed.h"
#include "cluster/health.h"
#include "cluster/reconcile.h"
#include "cluster/script.h"
#include "cluster/stream.h"
#include "daemon/cluster-password.h"

/* The pauses between attempts to connect. */
#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 5000

/* How often to ask for the engine's clock.  Its reply also shows that it is
 * alive. */
#define TIME_EVERY_MS 5000

/* A reply that took longer than this does not tell the time exactly enough, unless
 * the clocks differ by more than it took. */
#define TIME_PROMPT_MS 1000

/* A difference of clocks below SAME_TIME_SECS is ignored.  An engine whose clock
 * differs by more than CLOCK_MAX_SECS is not used. */
#define SAME_TIME_SECS 2
#define CLOCK_MAX_SECS (2 * 86400)

void
cluster_connect_close(struct cluster *cl, const char *why)
{
	resolve_end(&cl->resolve);
	engine_close(&cl->commands, why);
	engine_close(&cl->changes, why);
	cluster_reconcile_end(cl);
	cluster_blocks_publish_all(cl);
	cluster_feed_rewind(cl);
	cl->read_pending = false;
	cl->read_at = cl->ready_at = cl->retry_at = cl->pause_ms = 0;
	cl->state = CLUSTER_WAITING;
}

/* Close both connections, log WHY, and try again after a pause. */
static void
retry_later(struct cluster *cl, const char *why)
{
	long long pause = cl->pause_ms;

	if (cl->state == CLUSTER_WAITING)
		return;
	(void)encode_text(why, cl->why, sizeof cl->why);
	cl->failed = cl->am->clock(NULL);
	cl->status_at = 0;
	cluster_health_log_lost(cl);
	/* A connection that failed early would fail again: try another address. */
	if (cluster_health_stable(cl))
		pause = 0;
	else
		cl->attempt++;
	cluster_connect_close(cl, cl->why);
	cl->pause_ms = pause == 0 ? PAUSE_FIRST_MS : 2 * pause;
	if (cl->pause_ms > PAUSE_MAX_MS)
		cl->pause_ms = PAUSE_MAX_MS;
	/* A random part keeps all hosts from connecting at the same time. */
	cl->retry_at = deadline_in(0) + cl->pause_ms / 2 +
	    arc4random_uniform((uint32_t)cl->pause_ms / 2 + 1);
}

/* Read the password, "" if none is set.  Return false if it cannot be read. */
static bool
read_password(struct cluster *cl, char password[CLUSTER_PASSWORD_BYTES])
{
	const char *wrong, *path = cl->am->config.cluster_password_file;
	char why[CLUSTER_TEXT_BYTES];

	password[0] = '\0';
	if (path[0] == '\0')
		return true;
	wrong = cluster_password_read(path, password);
	if (wrong == NULL)
		return true;
	(void)snprintf(why, sizeof why, "cluster_password_file: %s", wrong);
	retry_later(cl, why);
	return false;
}

/* Count a reply of the greeting.  After the last one, begin to reconcile. */
static void
greeted(struct cluster *cl)
{
	if (--cl->greetings_pending == 0)
		cluster_reconcile_begin(cl);
}

static void
on_greeting(void *arg, const redisReply *reply, long long tag)
{
	(void)reply;
	(void)tag;
	greeted(arg);
}

static void
on_role(void *arg, const redisReply *reply, long long greeting)
{
	struct cluster *cl = arg;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0 ||
	    reply->element[0]->type != REDIS_REPLY_STRING ||
	    strcmp(reply->element[0]->str, "master") != 0)
		engine_close(&cl->commands, "it is a replica: name the master, or "
		    "Sentinels");
	else if (greeting != 0)
		greeted(cl);
}

/* Ask the engine whether it is the master, when connecting and then every few
 * seconds: it may become a replica, and a replica still answers. */
static void
ask_role(struct cluster *cl, bool greeting)
{
	const char *words[] = { "ROLE" };

	engine_ask(&cl->commands, on_role, greeting, 1, words, NULL);
}

static void
on_script(void *arg, const redisReply *reply, long long script)
{
	struct cluster *cl = arg;

	if (reply->type != REDIS_REPLY_STRING ||
	    strlcpy(cl->sha[script], reply->str, CLUSTER_SHA_BYTES) >=
	    CLUSTER_SHA_BYTES)
		engine_close(&cl->commands, "it does not support scripts");
	else
		greeted(cl);
}

/* Note how far the engine's clock is ahead of this host's, in seconds. */
static void
set_ahead(struct cluster *cl, time_t ahead)
{
	/* Ignore small corrections: each would change the expiry of entries that
	 * hosts send back and forth. */
	if (llabs((long long)(ahead - cl->clock_ahead)) < SAME_TIME_SECS)
		return;
	cl->clock_ahead = llabs((long long)ahead) < SAME_TIME_SECS ? 0 : ahead;
	if (cl->clock_ahead != 0)
		log_say(&cl->am->log, llabs((long long)ahead) > RECORD_SLACK_SECS ?
		    LOG_ERR : LOG_NOTICE, "the engine's clock is %lld seconds "
		    "%s this host's: replicated entries expire that much sooner",
		    llabs((long long)ahead), ahead > 0 ? "ahead of" : "behind");
}

static void
on_time(void *arg, const redisReply *reply, long long greeting)
{
	struct cluster *cl = arg;
	const char *wrong = "";
	long long theirs = 0, ahead, took;

	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	    reply->element[0]->type == REDIS_REPLY_STRING)
		theirs = strtonum(reply->element[0]->str, 0, 9999999999LL,
		    &wrong);
	ahead = theirs - (long long)cl->am->clock(NULL);
	if (wrong != NULL || llabs(ahead) > CLOCK_MAX_SECS) {
		engine_close(&cl->commands, "its clock differs from this host's by "
		    "more than two days");
		return;
	}
	took = deadline_in(0) - cl->time_asked_at;
	if (took < TIME_PROMPT_MS ||
	    llabs(ahead - (long long)cl->clock_ahead) * 1000 > took + 1000)
		set_ahead(cl, (time_t)ahead);
	if (greeting != 0)
		greeted(cl);
}

static void
ask_time(struct cluster *cl, bool greeting)
{
	const char *words[] = { "TIME" };

	cl->time_asked_at = deadline_in(0);
	engine_ask(&cl->commands, on_time, greeting, 1, words, NULL);
}

static void
authenticate(struct cluster *cl, struct engine *e, const char *password)
{
	const struct cluster_url *url = &cl->am->config.cluster;
	const char *auth[] = { "AUTH", url->user, password };
	const char *old[] = { "AUTH", password };
	char db[16];
	const char *select[] = { "SELECT", db };

	if (url->user[0] != '\0')
		engine_ask(e, on_greeting, 0, 3, auth, NULL);
	else if (password[0] != '\0')
		engine_ask(e, on_greeting, 0, 2, old, NULL);
	if (url->user[0] != '\0' || password[0] != '\0')
		cl->greetings_pending++;
	if (url->db != 0) {
		(void)snprintf(db, sizeof db, "%u", url->db);
		engine_ask(e, on_greeting, 0, 2, select, NULL);
		cl->greetings_pending++;
	}
}

/* Queue the first commands.  They are sent when the connections are open. */
static void
greet(struct cluster *cl)
{
	char password[CLUSTER_PASSWORD_BYTES];

	if (!read_password(cl, password))
		return;
	cl->greetings_pending = 2 + SCRIPT_COUNT;
	authenticate(cl, &cl->commands, password);
	authenticate(cl, &cl->changes, password);
	explicit_bzero(password, sizeof password);
	ask_role(cl, true);
	for (int i = 0; i < SCRIPT_COUNT; i++) {
		const char *load[] = { "SCRIPT", "LOAD", cluster_scripts[i] };

		engine_ask(&cl->commands, on_script, i, 3, load, NULL);
	}
	ask_time(cl, true);
}

static void
open_both(struct cluster *cl, const char *address)
{
	bool tls = cl->am->config.cluster.tls;

	cl->state = CLUSTER_GREETING;
	engine_open(&cl->commands, &cl->target, address, tls);
	engine_open(&cl->changes, &cl->target, address, tls);
	greet(cl);
}

static void
look_up(struct cluster *cl, const struct cluster_host *host, bool sentinel)
{
	cl->target = *host;
	cl->to_sentinel = sentinel;
	cl->state = CLUSTER_RESOLVING;
	cl->busy = true;
	resolve_begin(&cl->resolve, host->name);
}

static void
on_master(void *arg, const redisReply *reply, long long tag)
{
	struct cluster *cl = arg;
	struct cluster_host host;
	const char *wrong = "";

	(void)tag;
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	    reply->element[0]->type == REDIS_REPLY_STRING &&
	    reply->element[1]->type == REDIS_REPLY_STRING &&
	    cluster_host_is(reply->element[0]->str, reply->element[0]->len)) {
		(void)strlcpy(host.name, reply->element[0]->str,
		    sizeof host.name);
		host.port = (unsigned int)strtonum(reply->element[1]->str, 1,
		    65535, &wrong);
	}
	if (wrong != NULL) {
		engine_close(&cl->commands, "the Sentinel knows no such master");
		return;
	}
	engine_close(&cl->commands, "it has named the master");
	look_up(cl, &host, false);
}

static void
ask_sentinel(struct cluster *cl, const char *address)
{
	const struct cluster_url *url = &cl->am->config.cluster;
	const char *words[] = { "SENTINEL", "get-master-addr-by-name",
	    url->master };

	cl->state = CLUSTER_ASKING_SENTINEL;
	engine_open(&cl->commands, &cl->target, address, url->tls);
	engine_ask(&cl->commands, on_master, 0, 3, words, NULL);
}

/* Try each Sentinel at its first address, then each at its second. */
static void
connect_to(struct cluster *cl)
{
	const struct cluster_url *url = &cl->am->config.cluster;
	const struct resolve *found = &cl->resolve;
	const char *address;

	if (!resolve_turn(&cl->resolve))
		return;
	if (found->count == 0) {
		retry_later(cl, found->why);
		return;
	}
	address = found->address[cl->attempt / url->count % found->count];
	if (cl->to_sentinel)
		ask_sentinel(cl, address);
	else
		open_both(cl, address);
}

static void
begin(struct cluster *cl)
{
	const struct cluster_url *url = &cl->am->config.cluster;

	look_up(cl, &url->host[cl->attempt % url->count],
	    url->master[0] != '\0');
}

void
cluster_connect_turn(struct cluster *cl)
{
	if (cl->state == CLUSTER_WAITING && deadline_in(0) >= cl->retry_at &&
	    cluster_feed_ready(cl))
		begin(cl);
	if (cl->state == CLUSTER_RESOLVING)
		connect_to(cl);
	if (cl->state <= CLUSTER_RESOLVING)
		return;
	if (cl->commands.c == NULL)
		retry_later(cl, cl->commands.why);
	else if (cl->changes.c == NULL && cl->state != CLUSTER_ASKING_SENTINEL)
		retry_later(cl, cl->changes.why);
	else if (cluster_connected(cl) &&
	    deadline_in(0) - cl->time_asked_at > TIME_EVERY_MS) {
		ask_time(cl, false);
		ask_role(cl, false);
		cluster_stream_check(cl);
	}
}
