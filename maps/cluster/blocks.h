/* SPDX-License-Identifier: ISC */
/*
 * Replicate blocks.  Whenever relay.blocks changes, all of it is published, also
 * blocks that have expired or were lifted.  block_wins() decides which of two
 * blocks counts, on each host and in the engine.  A line that somebody deleted from
 * the file comes back.
 */
#ifndef CLUSTER_BLOCKS_H
#define CLUSTER_BLOCKS_H

#include "cluster/cluster.h"

/* Publish the blocks of this host if they have changed.  Store received blocks. */
void cluster_blocks_turn(struct cluster *cl);

/* Check the block TEXT of another host, and keep it for the next turn. */
void cluster_blocks_receive(struct cluster *cl, const char *text, size_t len);

/* Publish all blocks once more. */
void cluster_blocks_publish_all(struct cluster *cl);

#endif
