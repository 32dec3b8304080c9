/* SPDX-License-Identifier: ISC */
/* relay.cluster, which tells authmap check and authmap stats how it does. */
#ifndef CLUSTER_STATUS_H
#define CLUSTER_STATUS_H

#include "cluster/cluster.h"

/* Write it if the state has changed, and from time to time. */
void cluster_status_turn(struct cluster *cl);

/* Write it now; STOPPED: the daemon ends. */
void cluster_status_publish(struct cluster *cl, bool stopped);

#endif
