/* SPDX-License-Identifier: ISC */
#include "cluster/health.h"

#include <stdio.h>
#include <syslog.h>

#include "base/clock.h"
#include "daemon/log-limit.h"

/* When all was well for so long (ms), an outage is over. */
#define WELL_MS 10000

/* Of the outage that there is. */
static struct log_limit limit;

/* May LINE be said now?  Then it is remembered. */
static bool
may_say(const char *line)
{
	return !log_limit_full(&limit) && !log_limit_repeated(&limit, line);
}

/* Not as an error, which service_log() would leave out in the next outage. */
void
cluster_touch_lost(struct cluster *cl)
{
	char line[2 * CLUSTER_TEXT_BYTES + 64];

	(void)snprintf(line, sizeof line, "not connected to the engine "
	    "%s: %s",
	    cl->target.name, cl->why);
	if (!may_say(line))
		return;
	log_say(&cl->am->log, LOG_WARNING, "%s", line);
	cl->said_touch = false;
}

static void
say_touch(struct cluster *cl)
{
	char line[2 * CLUSTER_TEXT_BYTES + 64];

	(void)snprintf(line, sizeof line, "connected to the engine %s",
	    cl->target.name);
	if (!may_say(line))
		return;
	log_say(&cl->am->log, LOG_NOTICE, "%s", line);
	cl->said_touch = true;
}

bool
cluster_touch_well(const struct cluster *cl)
{
	return cl->ready_at != 0 && deadline_in(0) - cl->ready_at >= WELL_MS;
}

void
cluster_touch_turn(struct cluster *cl)
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
	if (cluster_touch_well(cl))
		log_limit_reset(&limit);
	if (!cl->said_touch)
		say_touch(cl);
}
