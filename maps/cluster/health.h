/* SPDX-License-Identifier: ISC */
/*
 * Whether and since when the connection to the engine is up, and the log lines about
 * it.  They are rate-limited: an engine that keeps failing does not fill the log.
 */
#ifndef CLUSTER_HEALTH_H
#define CLUSTER_HEALTH_H

#include "cluster/cluster.h"

/* Log why the connection was lost, once for each reason in an outage. */
void cluster_health_log_lost(struct cluster *cl);

/* Note since when the connection is up and the map is reconciled, and log it. */
void cluster_health_turn(struct cluster *cl);

/* Return whether these connections have been up for STABLE_MS. */
bool cluster_health_stable(const struct cluster *cl);

#endif
