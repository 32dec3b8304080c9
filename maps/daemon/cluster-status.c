/* SPDX-License-Identifier: ISC */
#include "daemon/cluster-status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "base/safefile.h"

/* authmap-cluster writes it every ten seconds. */
#define STALE_SECS 60

/* More lines than authmap-cluster writes. */
#define LINES_MAX 100

#define STATUS_MODE 0640

/* The difference of two such numbers does not overflow. */
#define NUMBER_MAX 999999999999999LL

/* Reconciling that takes longer is stuck. */
#define RECONCILE_SECS 60

static long long
number(const char *text)
{
	const char *wrong;
	long long n = strtonum(text, -NUMBER_MAX, NUMBER_MAX, &wrong);

	return wrong == NULL ? n : 0;
}

/* Any member of the group may have written the file, so encode its text. */
static void
read_text(struct cluster_status *status, const char *name, const char *text)
{
	if (strcmp(name, "state") == 0)
		(void)encode_text(text, status->state, sizeof status->state);
	else if (strcmp(name, "engine") == 0)
		(void)encode_text(text, status->engine, sizeof status->engine);
	else if (strcmp(name, "why") == 0)
		(void)encode_text(text, status->why, sizeof status->why);
}

static void
read_line(struct cluster_status *status, char *line)
{
	const struct { const char *name; long long *where; } numbers[] = {
		{ "ahead", &status->ahead }, { "since", &status->since },
		{ "reconciled", &status->reconciled }, { "sent", &status->sent },
		{ "received", &status->received }, { "rejected", &status->rejected },
		{ "failed", &status->failed },
	};
	const char *name = strsep(&line, " "), *wrong;

	if (line == NULL)
		return;
	line[strcspn(line, "\n")] = '\0';
	read_text(status, name, line);
	if (strcmp(name, "pid") == 0)
		status->pid = (pid_t)strtonum(line, 1, INT_MAX, &wrong);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (strcmp(name, numbers[i].name) == 0)
			*numbers[i].where = number(line);
}

int
cluster_status_read(const struct authmap *am, struct cluster_status *status)
{
	char line[512];
	struct stat st;
	int fd = file_open_stat(am->files.cluster, O_RDONLY, 0, &st);
	FILE *in = fd == -1 ? NULL : file_stream(fd, "r");

	memset(status, 0, sizeof *status);
	if (in == NULL)
		return -1;
	status->at = st.st_mtim.tv_sec;
	for (int i = 0; i < LINES_MAX &&
	    fgets(line, sizeof line, in) != NULL; i++)
		read_line(status, line);
	(void)fclose(in);
	return 0;
}

bool
cluster_status_running(const struct cluster_status *status)
{
	return strcmp(status->state, "stopped") != 0 &&
	    status->at >= time(NULL) - STALE_SECS && status->pid > 0 &&
	    (kill(status->pid, 0) == 0 || errno == EPERM);
}

long long
cluster_status_stuck(const struct cluster_status *status)
{
	long long begun = status->since > status->reconciled ? status->since :
	    status->reconciled;
	long long time_taken = (long long)time(NULL) - begun;

	return strcmp(status->state, "reconciling") == 0 &&
	    time_taken > RECONCILE_SECS ? time_taken : 0;
}

bool
cluster_status_failing(const struct cluster_status *status)
{
	if (strcmp(status->state, "reconciling") == 0)
		return status->failed >= status->since &&
		    status->failed >= time(NULL) - RECONCILE_SECS;
	return strcmp(status->state, "ready") != 0;
}

bool
cluster_status_connected(const struct cluster_status *status)
{
	return cluster_status_running(status) && !cluster_status_failing(status) &&
	    cluster_status_stuck(status) == 0;
}

void
cluster_status_write(const struct authmap *am,
    const struct cluster_status *status)
{
	const char *path = am->files.cluster;
	char next[FILES_PATH_BYTES + 8];
	FILE *out;
	int fd;

	(void)snprintf(next, sizeof next, "%s.new", path);
	fd = file_create(am, next, STATUS_MODE);
	out = fd == -1 ? NULL : file_stream(fd, "w");
	if (out != NULL)
		(void)fprintf(out, "state %s\npid %ld\nsince %lld\n"
		    "engine %s\nahead %lld\nreconciled %lld\nsent %lld\n"
		    "received %lld\nrejected %lld\nfailed %lld\nwhy %s\n",
		    status->state, (long)status->pid, status->since,
		    status->engine, status->ahead, status->reconciled,
		    status->sent, status->received, status->rejected,
		    status->failed, status->why);
	if (out == NULL || file_finish(am, out, next, path) == -1)
		log_say(&am->log, LOG_ERR, "%s: cannot be written: %s", path,
		    strerror(errno));
}
