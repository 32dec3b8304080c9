/* SPDX-License-Identifier: ISC */
/* Read the changes of other hosts from the engine's stream. */
#ifndef CLUSTER_STREAM_H
#define CLUSTER_STREAM_H

#include "cluster/cluster.h"

/* Ask for the end of the stream.  Later changes are read from there. */
void cluster_stream_locate(struct cluster *cl);
void cluster_stream_turn(struct cluster *cl);

/* Ask for the number of changes, to learn whether some were missed. */
void cluster_stream_check(struct cluster *cl);

#endif
