/* SPDX-License-Identifier: ISC */
/* Open, keep and reopen the connections to the engine. */
#ifndef CLUSTER_CONNECT_H
#define CLUSTER_CONNECT_H

#include "cluster/cluster.h"

/* Connect if it is time to.  Close and log connections that have failed. */
void cluster_connect_turn(struct cluster *cl);

/* Close both connections because of WHY.  The next turn connects at once. */
void cluster_connect_close(struct cluster *cl, const char *why);

#endif
