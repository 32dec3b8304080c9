/* SPDX-License-Identifier: ISC */
/*
 * relay.cluster, in which authmap-cluster writes how it does, for "authmap check"
 * and "authmap stats": lines NAME VALUE.
 */
#ifndef DAEMON_CLUSTER_STATUS_H
#define DAEMON_CLUSTER_STATUS_H

#include "base/handle.h"

struct cluster_status {
	time_t at;		/* when it was written */
	char state[16];
	char engine[CLUSTER_TEXT_BYTES];
	char why[CLUSTER_TEXT_BYTES];	/* the last error, */
	long long failed;	/* and when it was; 0: none */
	pid_t pid;		/* who wrote it */
	long long ahead;	/* the engine's clock before its: seconds */
	long long since;	/* it is ready, or is not */
	long long compared, sent, received, refused;
};

/*
 * Write STATUS, all of it but `at`, into AM's file.  Its text must be encoded.
 * An error is logged.
 */
void cluster_status_write(const struct authmap *am,
    const struct cluster_status *status);

/* Read AM's file into STATUS.  Return 0, or -1 with errno. */
int cluster_status_read(const struct authmap *am, struct cluster_status *status);

/* Return whether authmap-cluster runs and has written STATUS in the last minute. */
bool cluster_status_running(const struct cluster_status *status);

/* Is it waiting to connect, or did it fail a moment ago and has not compared all
 * since?  Then its connections may fail time and again for the same reason. */
bool cluster_status_failing(const struct cluster_status *status);

/* Does it run, connected to the engine, and get on? */
bool cluster_status_connected(const struct cluster_status *status);

/* For how many seconds has it compared in vain?  0: it does not, or for less
 * than a minute. */
long long cluster_status_stuck(const struct cluster_status *status);

#endif
