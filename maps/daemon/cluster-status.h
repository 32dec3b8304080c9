/* What authmap-cluster tells in relay.cluster, for check and stats. */
#ifndef TOLD_H
#define TOLD_H

#include "base/handle.h"

struct told {
	time_t at;		/* when it was written */
	char state[16];
	char engine[CLUSTER_TEXT];
	char why[CLUSTER_TEXT];	/* it was not ready last */
	pid_t pid;		/* who wrote it */
	long long ahead;	/* the engine's clock before its: seconds */
	long long since;	/* it is ready, or is not */
	long long compared, sent, received, refused;
};

/* Returns 0, or -1 with errno. */
int told_read(const struct authmap *am, struct told *told);

/* Does it run, and has told so a moment ago? */
bool told_running(const struct told *told);

/* And was it in touch with the engine? */
bool told_in_touch(const struct told *told);

/* For how many seconds has it compared in vain?  0: it does not, or for less
 * than a minute. */
long long told_stuck(const struct told *told);

#endif
