/* SPDX-License-Identifier: ISC */
/*
 * Comparing the whole map with all that the engine has: after a start, a new
 * connection or a gap in the stream, and from time to time.  First what the engine
 * has is merged into the map; then what the map has is published.  Nothing is
 * removed on either side, so nothing that is valid is missing meanwhile.
 */
#ifndef CLUSTER_RECONCILE_H
#define CLUSTER_RECONCILE_H

#include "cluster/cluster.h"

/* Begin to compare, from the start. */
void cluster_reconcile_begin(struct cluster *cl);

/* Go on with it; begin it if changes were missed, and from time to time. */
void cluster_reconcile_turn(struct cluster *cl);

/* Stop it, and close what it has open. */
void cluster_reconcile_end(struct cluster *cl);

#endif
