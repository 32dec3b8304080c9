/* SPDX-License-Identifier: ISC */
/*
 * Whether the connection to the engine is up, since when, and what the log says
 * of it.  An engine that fails time and again does not fill the log.
 */
#ifndef CLUSTER_HEALTH_H
#define CLUSTER_HEALTH_H

#include "cluster/cluster.h"

/* Log why the connection was lost, unless that was logged a while ago. */
void cluster_health_log_lost(struct cluster *cl);

/* Log that the connection is back, once all is compared; note since when. */
void cluster_health_turn(struct cluster *cl);

/* Return whether these connections have been up for a while. */
bool cluster_health_stable(const struct cluster *cl);

#endif
