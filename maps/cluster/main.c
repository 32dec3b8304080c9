/* SPDX-License-Identifier: ISC */
/* authmap-cluster: share the map with other hosts.  See its man page. */
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
#include "cluster/connect.h"
#include "cluster/feed.h"
#include "cluster/health.h"
#include "cluster/receive.h"
#include "cluster/reconcile.h"
#include "cluster/status.h"
#include "cluster/stream.h"
#include "cluster/tls.h"
#include "cluster/watch.h"
#include "daemon/account.h"
#include "daemon/folder.h"
#include "daemon/service.h"

#define PIDFILE "/run/authmap-cluster.pid"

/* How long a round waits at most, and how long if there is more to do. */
#define ROUND_MS 1000
#define BUSY_MS 2

static char name[] = "authmap-cluster";

static struct timespec
round_time(const struct cluster *cl)
{
	long long now = deadline_in(0), ms = ROUND_MS;
	struct timespec time;

	if (cl->busy)
		ms = BUSY_MS;
	else if (cl->state == CLUSTER_WAITING && cl->retry_at > now)
		ms = cl->retry_at - now;
	if (cl->read_at > now && ms > cl->read_at - now)
		ms = cl->read_at - now;
	if (cl->watch == -1 && ms > CLUSTER_LOOK_MS)
		ms = CLUSTER_LOOK_MS;
	if (ms > ROUND_MS)
		ms = ROUND_MS;
	time.tv_sec = (time_t)(ms / 1000);
	time.tv_nsec = (long)(ms % 1000) * 1000000L;
	return time;
}

/* Wait for something to do, then give each part its turn. */
static void
run_round(struct cluster *cl, const sigset_t *awake)
{
	struct timespec time = round_time(cl);
	struct pollfd polls[4] = { { .fd = cl->watch, .events = POLLIN } };

	engine_poll(&cl->commands, &polls[1]);
	engine_poll(&cl->changes, &polls[2]);
	resolve_poll(&cl->resolve, &polls[3]);
	cl->busy = false;
	if (ppoll(polls, 4, &time, awake) == -1)
		return;
	cluster_watch_drain(cl->watch);
	engine_serve(&cl->commands, polls[1].revents);
	engine_serve(&cl->changes, polls[2].revents);
	cluster_connect_turn(cl);
	cluster_feed_turn(cl);
	cluster_blocks_turn(cl);
	cluster_reconcile_turn(cl);
	cluster_stream_turn(cl);
	cluster_receive_turn(cl);
	cluster_health_turn(cl);
	cluster_status_turn(cl);
	/* Send the commands of this round. */
	engine_serve(&cl->commands, 0);
	engine_serve(&cl->changes, 0);
}

/* Use AM from now on; CL owns it. */
static void
use_handle(struct cluster *cl, struct authmap *am)
{
	const struct config *config = &am->config;

	cl->am = am;
	cl->commands.arg = cl->changes.arg = cl;
	cl->commands.tls_ca = cl->changes.tls_ca = config->cluster_tls_ca;
	cl->blocks_version = am->blocks->version;
	cl->blocks_due = cl->busy = true;
	if (cl->since == 0)
		cl->since = am->clock(NULL);
	cluster_watch_file(cl->watch, config->state_dir);
}

/* Close the connections and the feed because of WHY. */
static void
close_all(struct cluster *cl, const char *why)
{
	cluster_connect_close(cl, why);
	cluster_feed_close(cl);
}

/* Return NULL, or why authmap-cluster cannot run with CONFIG. */
static const char *
config_wrong(const struct config *config)
{
	if (config->cluster.count == 0)
		return "cluster = is not set";
	if (config->cluster.tls && !cluster_tls_there())
		return "this hiredis was built without TLS: use stunnel";
	return NULL;
}

static void
reload(struct cluster *cl, const struct service *service)
{
	struct authmap *old = cl->am, *fresh = service_reload(service, old);
	const char *why = fresh == NULL ? NULL : config_wrong(&fresh->config);

	if (why != NULL)
		log_say(&old->log, LOG_ERR, "%s: %s: keeping the running "
		    "configuration", fresh->config.file, why);
	if (fresh == NULL || why != NULL) {
		authmap_free(fresh);
		return;
	}
	close_all(cl, "the configuration was reloaded");
	use_handle(cl, fresh);
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
		run_round(cl, &awake);
	}
	service_notify("STOPPING=1");
	cluster_status_publish(cl, true);
}

/* Keep the file of the feed: writers continue it, and the next start publishes
 * it. */
static void
end(struct cluster *cl)
{
	close_all(cl, "authmap-cluster was stopped");
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
	why = config_wrong(&am->config);
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
	use_handle(&cl, am);
	run(&cl, &service);
	end(&cl);
	service_end(&service);
	return 0;
}
