/*
 * What the log says of the engine: when touch is lost, and for another reason,
 * and when it is back; an engine that fails time and again does not fill it.
 */
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "cluster.h"

/* When all was well for so long (ms), an outage is over. */
#define WELL 10000

/* The same is said again after so long (ms), and so many lines in that time. */
#define AGAIN (3600 * 1000)
#define LINES_MOST 16

static struct {
	char line[2 * CLUSTER_TEXT + 64];
	long long until;		/* 0: it is free */
} said[LINES_MOST];

static void
forget(void)
{
	memset(said, 0, sizeof said);
}

/* May LINE be said now?  Then it is remembered. */
static bool
may_say(const char *line)
{
	long long now = deadline_in(0);
	size_t room = LINES_MOST;

	for (size_t i = 0; i < LINES_MOST; i++) {
		if (said[i].until <= now)
			room = i;
		else if (strcmp(said[i].line, line) == 0)
			return false;
	}
	if (room == LINES_MOST)
		return false;
	(void)strlcpy(said[room].line, line, sizeof said[room].line);
	said[room].until = now + AGAIN;
	return true;
}

/* Not as an error, which service_log() would leave out in the next outage. */
void
cluster_touch_lost(struct cluster *cl)
{
	char line[sizeof said[0].line];

	(void)snprintf(line, sizeof line, "no touch with the engine %s: %s",
	    cl->target.name, cl->why);
	if (!may_say(line))
		return;
	log_say(&cl->am->log, LOG_WARNING, "%s", line);
	cl->said_touch = false;
}

static void
say_touch(struct cluster *cl)
{
	char line[sizeof said[0].line];

	(void)snprintf(line, sizeof line, "in touch with the engine %s",
	    cl->target.name);
	if (!may_say(line))
		return;
	log_say(&cl->am->log, LOG_NOTICE, "%s", line);
	cl->said_touch = true;
}

bool
cluster_touch_well(const struct cluster *cl)
{
	return cl->ready_at != 0 && deadline_in(0) - cl->ready_at >= WELL;
}

void
cluster_touch_turn(struct cluster *cl)
{
	bool ready = cl->state == CLUSTER_READY;

	if (ready != cl->ready) {
		cl->ready = ready;
		cl->since = cl->am->clock(NULL);
	}
	if (!ready)
		return;
	cl->why[0] = '\0';
	if (cl->ready_at == 0)
		cl->ready_at = deadline_in(0);
	if (cluster_touch_well(cl))
		forget();
	if (!cl->said_touch)
		say_touch(cl);
}
