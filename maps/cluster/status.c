/*
 * relay.cluster, by which "authmap check" and "authmap stats" know how we do:
 * NAME VALUE lines.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "cluster/cluster.h"

/* How often it is written, in milliseconds, if nothing has changed. */
#define EVERY 10000

#define STATUS_MODE 0640

static const char *
state_name(const struct cluster *cl, bool stopped)
{
	if (stopped)
		return "stopped";
	if (!cluster_connected(cl))
		return "waiting";
	return cl->state == CLUSTER_READY ? "ready" : "comparing";
}

void
cluster_status_write(struct cluster *cl, bool stopped)
{
	const struct files *files = &cl->am->files;
	char next[FILES_PATH + 8];
	FILE *out;
	int fd;

	(void)snprintf(next, sizeof next, "%s.new", files->cluster);
	fd = file_create(cl->am, next, STATUS_MODE);
	out = fd == -1 ? NULL : file_stream(fd, "w");
	if (out != NULL)
		(void)fprintf(out, "state %s\npid %ld\nsince %lld\n"
		    "engine %s\nahead %lld\ncompared %lld\nsent %llu\n"
		    "received %llu\nrefused %llu\nfailed %lld\nwhy %s\n",
		    state_name(cl, stopped), (long)getpid(),
		    (long long)cl->since, cl->target.name,
		    (long long)cl->ahead, (long long)cl->reconciled,
		    cl->sent, cl->received, cl->refused,
		    (long long)cl->failed, cl->why);
	if (out == NULL ||
	    file_finish(cl->am, out, next, files->cluster) == -1)
		log_say(&cl->am->log, LOG_ERR, "%s: cannot be written: %s",
		    files->cluster, strerror(errno));
	cl->status_at = deadline_in(EVERY);
	cl->status_of = cl->state;
}

void
cluster_status_turn(struct cluster *cl)
{
	if (cl->state != cl->status_of || deadline_in(0) >= cl->status_at)
		cluster_status_write(cl, false);
}
