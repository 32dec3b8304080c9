/* SPDX-License-Identifier: ISC */
/* authmap-cluster: shares the map with other hosts.  See its man page. */
#define _GNU_SOURCE		/* glibc shows ppoll(2) with it only */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cluster/blocks.h"
#include "cluster/feed.h"
#include "cluster/health.h"
#include "cluster/reconcile.h"
#include "cluster/session.h"
#include "cluster/status.h"
#include "cluster/store.h"
#include "cluster/stream.h"
#include "cluster/tls.h"
#include "cluster/watch.h"
#include "daemon/account.h"
#include "daemon/folder.h"
#include "daemon/service.h"

#define PIDFILE "/run/authmap-cluster.pid"

/* How long a round may wait (ms), and when there is something to do. */
#define ROUND_MS 1000
#define SOON_MS 2

static char name[] = "authmap-cluster";

static struct timespec
round_time(const struct cluster *cl)
{
	long long now = deadline_in(0), ms = ROUND_MS;
	struct timespec time;

	if (cl->soon)
		ms = SOON_MS;
	else if (cl->state == CLUSTER_WAITING && cl->retry_at > now)
		ms = cl->retry_at - now;
	if (cl->hear_at > now && ms > cl->hear_at - now)
		ms = cl->hear_at - now;
	if (cl->watch == -1 && ms > CLUSTER_LOOK_MS)
		ms = CLUSTER_LOOK_MS;
	if (ms > ROUND_MS)
		ms = ROUND_MS;
	time.tv_sec = (time_t)(ms / 1000);
	time.tv_nsec = (long)(ms % 1000) * 1000000L;
	return time;
}

/* One round: each part has its turn. */
static void
turn(struct cluster *cl, const sigset_t *awake)
{
	struct timespec time = round_time(cl);
	struct pollfd polls[4] = { { .fd = cl->watch, .events = POLLIN } };

	engine_poll(&cl->ask, &polls[1]);
	engine_poll(&cl->hear, &polls[2]);
	resolve_poll(&cl->resolve, &polls[3]);
	cl->soon = false;
	if (ppoll(polls, 4, &time, awake) == -1)
		return;
	cluster_watch_drain(cl->watch);
	engine_serve(&cl->ask, polls[1].revents);
	engine_serve(&cl->hear, polls[2].revents);
	cluster_session_turn(cl);
	cluster_feed_turn(cl);
	cluster_blocks_turn(cl);
	cluster_reconcile_turn(cl);
	cluster_stream_turn(cl);
	cluster_store_turn(cl);
	cluster_touch_turn(cl);
	cluster_status_turn(cl);
	/* What was asked in this round is sent in it. */
	engine_serve(&cl->ask, 0);
	engine_serve(&cl->hear, 0);
}

/* What CL needs to begin with AM. */
static void
take_up(struct cluster *cl, struct authmap *am)
{
	const struct config *config = &am->config;

	cl->am = am;
	cl->ask.arg = cl->hear.arg = cl;
	cl->ask.tls_ca = cl->hear.tls_ca = config->cluster_tls_ca;
	cl->block_version = am->blocks->version;
	cl->blocks_due = cl->soon = true;
	if (cl->since == 0)
		cl->since = am->clock(NULL);
	cluster_watch_file(cl->watch, config->state_dir);
}

/* Gives back what belongs to the configuration that there was. */
static void
leave(struct cluster *cl, const char *why)
{
	cluster_session_leave(cl, why);
	cluster_feed_close(cl);
}

/* NULL, or why there is nothing to do. */
static const char *
useless(const struct config *config)
{
	if (config->cluster.count == 0)
		return "cluster = is not set";
	if (config->cluster.tls && !cluster_tls_there())
		return "this hiredis cannot speak TLS: put stunnel between";
	return NULL;
}

static void
reload(struct cluster *cl, const struct service *service)
{
	struct authmap *old = cl->am, *fresh = service_reload(service, old);
	const char *why = fresh == NULL ? NULL : useless(&fresh->config);

	if (why != NULL)
		log_say(&old->log, LOG_ERR, "%s: not taken: %s",
		    fresh->config.file, why);
	if (fresh == NULL || why != NULL) {
		authmap_free(fresh);
		return;
	}
	leave(cl, "the configuration is read again");
	take_up(cl, fresh);
	authmap_free(old);
}

static void
run(struct cluster *cl, const struct service *service)
{
	sigset_t awake;

	service_signals(&awake);
	(void)signal(SIGPIPE, SIG_IGN);
	service_notify("READY=1");
	while (!service_stop_requested) {
		if (service_reload_requested) {
			service_reload_requested = 0;
			reload(cl, service);
		}
		turn(cl, &awake);
	}
	service_notify("STOPPING=1");
	cluster_status_publish(cl, true);
}

/* The feed stays: who starts next tells what was logged in meanwhile. */
static void
end(struct cluster *cl)
{
	leave(cl, "it ends");
	if (cl->batch != NULL)
		(void)fclose(cl->batch);
	authmap_free(cl->am);
}

int
main(int argc, char **argv)
{
	static struct cluster cl;
	struct service service = { .name = name, .pidfile = PIDFILE,
	    .synopsis = "[-f] [-c file] [-p pidfile]" };
	struct account account;
	struct authmap *am;
	const char *why;
	int errors = 0;

	service_options(&service, argc, argv);
	am = authmap_new(service.file, service_log, name, &errors);
	if (am == NULL || errors != 0)
		return 1;
	why = useless(&am->config);
	if (why != NULL) {
		log_say(&am->log, LOG_ERR, "%s: %s", am->config.file, why);
		authmap_free(am);
		return EX_CONFIG;
	}
	if (!account_find(am, &account) ||
	    !folder_make(am, &account, am->files.folder,
	    map_folder_mode(am)) ||
	    !folder_make(am, &account, am->config.state_dir, 02750))
		return 1;
	service_start(&service);
	(void)umask(027);
	if (!account_become(am, &account))
		return 1;
	(void)snprintf(cl.host, sizeof cl.host, "%08x%08x",
	    (unsigned int)arc4random(), (unsigned int)arc4random());
	cl.watch = cluster_watch_begin();
	take_up(&cl, am);
	run(&cl, &service);
	end(&cl);
	service_end(&service);
	return 0;
}
