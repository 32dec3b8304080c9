/* SPDX-License-Identifier: ISC */
#include "cluster/status.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/cluster-status.h"

/* How often relay.cluster is written if the state has not changed. */
#define WRITE_EVERY_MS 10000

static const char *
state_name(const struct cluster *cl, bool stopped)
{
	if (stopped)
		return "stopped";
	if (!cluster_connected(cl))
		return "waiting";
	return cl->state == CLUSTER_READY ? "ready" : "reconciling";
}

void
cluster_status_publish(struct cluster *cl, bool stopped)
{
	struct cluster_status status = {
		.pid = getpid(), .ahead = cl->clock_ahead, .since = cl->since,
		.reconciled = cl->reconciled, .sent = (long long)cl->sent,
		.received = (long long)cl->received,
		.rejected = (long long)cl->rejected, .failed = cl->failed,
	};

	(void)strlcpy(status.state, state_name(cl, stopped),
	    sizeof status.state);
	(void)strlcpy(status.engine, cl->target.name, sizeof status.engine);
	(void)strlcpy(status.why, cl->why, sizeof status.why);
	cluster_status_write(cl->am, &status);
	cl->status_at = deadline_in(WRITE_EVERY_MS);
	cl->status_of = cl->state;
}

void
cluster_status_turn(struct cluster *cl)
{
	if (cl->state != cl->status_of || deadline_in(0) >= cl->status_at)
		cluster_status_publish(cl, false);
}
