/* SPDX-License-Identifier: ISC */
/* What this host's writers change, published to the engine. */
#ifndef CLUSTER_FEED_H
#define CLUSTER_FEED_H

#include "cluster/cluster.h"

/* Make sure that this host's writers note what they change; false: not yet. */
bool cluster_feed_ready(struct cluster *cl);

/* Publish what they have noted, and begin a new feed in place of a large one. */
void cluster_feed_turn(struct cluster *cl);

/* Publish what they have noted; return false if there is more than can be asked
 * now. */
bool cluster_feed_publish(struct cluster *cl);

/* Publish all of the feed once more, from its beginning. */
void cluster_feed_rewind(struct cluster *cl);
void cluster_feed_close(struct cluster *cl);

/* Take the answer of SCRIPT_PUT: the entries of other hosts that won. */
engine_done cluster_feed_on_put;

#endif
