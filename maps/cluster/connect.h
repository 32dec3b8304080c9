/* SPDX-License-Identifier: ISC */
/* The connections to the engine: opened, kept, opened again. */
#ifndef CLUSTER_SESSION_H
#define CLUSTER_SESSION_H

#include "cluster/cluster.h"

/* Connect when it is time; end and log what has failed. */
void cluster_session_turn(struct cluster *cl);

/* Close both connections for WHY; the next turn begins to connect at once. */
void cluster_session_close(struct cluster *cl, const char *why);

#endif
