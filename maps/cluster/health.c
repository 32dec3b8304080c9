/* SPDX-License-Identifier: ISC */
#include "cluster/health.h"

#include <stdio.h>
#include <syslog.h>

#include "base/clock.h"
#include "daemon/log-limit.h"

/* An outage has ended after this long without a failure. */
#define STABLE_MS 10000

/* Remembers the lines that were logged in this outage. */
static struct log_limit limit;

/* Return whether LINE is to be logged: it is the first such line in this outage. */
static bool
is_new_line(const char *line)
{
	return !log_limit_full(&limit) && !log_limit_repeated(&limit, line);
}

/* Log a warning, not an error: service_log() would suppress the same error in the
 * next outage. */
void
cluster_health_log_lost(struct cluster *cl)
{
	char line[2 * CLUSTER_TEXT_BYTES + 64];

	(void)snprintf(line, sizeof line, "not connected to the engine "
	    "%s: %s",
	    cl->target.name, cl->why);
	if (!is_new_line(line))
		return;
	log_say(&cl->am->log, LOG_WARNING, "%s", line);
	cl->logged_connected = false;
}

static void
log_connected(struct cluster *cl)
{
	char line[2 * CLUSTER_TEXT_BYTES + 64];

	(void)snprintf(line, sizeof line, "connected to the engine %s",
	    cl->target.name);
	if (!is_new_line(line))
		return;
	log_say(&cl->am->log, LOG_NOTICE, "%s", line);
	cl->logged_connected = true;
}

bool
cluster_health_stable(const struct cluster *cl)
{
	return cl->ready_at != 0 && deadline_in(0) - cl->ready_at >= STABLE_MS;
}

void
cluster_health_turn(struct cluster *cl)
{
	bool ready = cluster_connected(cl) && cl->state == CLUSTER_READY;

	if (ready != cl->ready) {
		cl->ready = ready;
		cl->since = cl->am->clock(NULL);
	}
	if (!ready)
		return;
	if (cl->ready_at == 0)
		cl->ready_at = deadline_in(0);
	if (cluster_health_stable(cl))
		log_limit_reset(&limit);
	if (!cl->logged_connected)
		log_connected(cl);
}
