/* SPDX-License-Identifier: ISC */
/* Publish the changes of this host's writers to the engine. */
#ifndef CLUSTER_FEED_H
#define CLUSTER_FEED_H

#include "cluster/cluster.h"

/* Make sure that there is a feed, so that this host's writers note their changes.
 * Return false if there is none yet. */
bool cluster_feed_ready(struct cluster *cl);

/* Publish the changes in the feed.  Replace a large feed by an empty one. */
void cluster_feed_turn(struct cluster *cl);

/* Publish the changes in the feed.  Return false if some are left because too many
 * commands await their replies. */
bool cluster_feed_publish(struct cluster *cl);

/* Publish all of the feed once more, from its beginning. */
void cluster_feed_rewind(struct cluster *cl);
void cluster_feed_close(struct cluster *cl);

/* Handle the reply of SCRIPT_PUT: the entries in the engine that won. */
engine_done cluster_feed_on_put;

#endif
