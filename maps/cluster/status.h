/* SPDX-License-Identifier: ISC */
/* Write relay.cluster, the state for authmap check and authmap stats. */
#ifndef CLUSTER_STATUS_H
#define CLUSTER_STATUS_H

#include "cluster/cluster.h"

/* Write it if the state has changed, and from time to time. */
void cluster_status_turn(struct cluster *cl);

/* Write it now.  STOPPED: authmap-cluster ends. */
void cluster_status_publish(struct cluster *cl, bool stopped);

#endif
