/* SPDX-License-Identifier: ISC */
/*
 * Reconcile the whole map with the engine: after a start, a new connection or a gap
 * in the stream, and from time to time.  First the engine's entries and blocks are
 * merged into the map, then the map's entries are published.  Neither side removes
 * anything, so no valid entry is missing meanwhile.
 */
#ifndef CLUSTER_RECONCILE_H
#define CLUSTER_RECONCILE_H

#include "cluster/cluster.h"

/* Begin to reconcile, from the start. */
void cluster_reconcile_begin(struct cluster *cl);

/* Continue to reconcile.  Begin if changes were missed, and from time to time. */
void cluster_reconcile_turn(struct cluster *cl);

/* Stop reconciling, and close the map. */
void cluster_reconcile_end(struct cluster *cl);

#endif
