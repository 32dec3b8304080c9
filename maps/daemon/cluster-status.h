/* SPDX-License-Identifier: ISC */
/*
 * relay.cluster, in which authmap-cluster writes its state for "authmap check" and
 * "authmap stats", as lines NAME VALUE.
 */
#ifndef DAEMON_CLUSTER_STATUS_H
#define DAEMON_CLUSTER_STATUS_H

#include "base/handle.h"

struct cluster_status {
	time_t at;		/* when the file was written */
	char state[16];
	char engine[CLUSTER_TEXT_BYTES];
	char why[CLUSTER_TEXT_BYTES];	/* the last error */
	long long failed;	/* the time of the last error, or 0 */
	pid_t pid;		/* of authmap-cluster */
	long long ahead;	/* the engine's clock minus ours, in seconds */
	long long since;	/* when `state` began */
	long long reconciled;	/* when the whole map was last reconciled */
	long long sent, received, rejected;	/* counts of changes */
};

/*
 * Write STATUS, except `at`, into AM's file.  Its text must be encoded.  Log an
 * error.
 */
void cluster_status_write(const struct authmap *am,
    const struct cluster_status *status);

/* Read AM's file into STATUS.  Return 0, or -1 with errno. */
int cluster_status_read(const struct authmap *am, struct cluster_status *status);

/* Return whether authmap-cluster runs and has written STATUS in the last minute. */
bool cluster_status_running(const struct cluster_status *status);

/* Return whether authmap-cluster waits to connect, or has failed a moment ago and
 * not reconciled since: its connections may fail repeatedly for one reason. */
bool cluster_status_failing(const struct cluster_status *status);

/* Return whether authmap-cluster runs, is connected to the engine and in sync. */
bool cluster_status_connected(const struct cluster_status *status);

/* Return for how many seconds authmap-cluster has been reconciling, or 0 if it is
 * not, or for less than a minute. */
long long cluster_status_stuck(const struct cluster_status *status);

#endif
