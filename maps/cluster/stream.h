/* SPDX-License-Identifier: ISC */
/* What other hosts change, as the engine's stream has it. */
#ifndef CLUSTER_STREAM_H
#define CLUSTER_STREAM_H

#include "cluster/cluster.h"

/* Ask where the stream ends now; what comes behind that is read from then on. */
void cluster_stream_locate(struct cluster *cl);
void cluster_stream_turn(struct cluster *cl);

/* Ask the engine how many changes there were: some may have been missed. */
void cluster_stream_check(struct cluster *cl);

#endif
