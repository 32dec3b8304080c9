/* What authmap-cluster tells in relay.cluster, for check and stats. */
#ifndef TOLD_H
#define TOLD_H

#include "base/handle.h"

struct told {
	time_t at;		/* when it was written */
	char state[16];
	char engine[CLUSTER_TEXT];
	char why[CLUSTER_TEXT];	/* the last error, */
	long long failed;	/* and when it was; 0: none */
	pid_t pid;		/* who wrote it */
	long long ahead;	/* the engine's clock before its: seconds */
	long long since;	/* it is ready, or is not */
	long long compared, sent, received, refused;
};

/* Returns 0, or -1 with errno. */
int told_read(const struct authmap *am, struct told *told);

/* Does it run, and has told so a moment ago? */
bool told_running(const struct told *told);

/* Is it waiting to connect, or did it fail a moment ago and has not compared all
 * since?  Then its connections may fail time and again for the same reason. */
bool told_failing(const struct told *told);

/* Does it run, connected to the engine, and get on? */
bool told_connected(const struct told *told);

/* For how many seconds has it compared in vain?  0: it does not, or for less
 * than a minute. */
long long told_stuck(const struct told *told);

#endif
