/* SPDX-License-Identifier: ISC */
/*
 * authmap-cluster: what its parts share.  One process, one loop, nothing that
 * waits: each part does what it can do now in its turn, a function called
 * ..._turn(), once a round.
 *
 *	relay.feed --> cluster-feed --> engine --> cluster-stream --+
 *	relay.blocks --> cluster-blocks --> engine -----------------+--> the map,
 *	                 cluster-reconcile <--> engine -------------+    by
 *	                                                        cluster-store
 */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include <stdio.h>

#include "cluster/engine.h"
#include "cluster/resolve.h"
#include "store/blocklist-edit.h"
#include "store/map.h"

enum cluster_state {
	CLUSTER_WAITING,	/* for the next attempt to connect */
	CLUSTER_RESOLVING,	/* for the addresses of a host */
	CLUSTER_LOOKUP,		/* a Sentinel is asked who is master */
	CLUSTER_GREETING,	/* both connections are being opened */
	CLUSTER_FETCHING,	/* compares: what the engine has */
	CLUSTER_TELLING,	/* compares: what the map has */
	CLUSTER_READY
};

/* What a script is called by, once the engine has it. */
#define CLUSTER_SHA_BYTES 41
enum cluster_script { SCRIPT_PUT, SCRIPT_BLOCK, SCRIPT_LOOK, SCRIPT_TAIL,
	SCRIPT_COUNT };

/* One entry for the script that stores them takes three words. */
#define CLUSTER_BATCH_MAX 100

struct cluster {
	struct authmap *am;
	enum cluster_state state;
	char host[17];			/* by which we know our own changes */
	bool soon;			/* something is worth another round */

	/* cluster-session: one connection is asked, on the other we hear. */
	struct engine ask, hear;
	char sha[SCRIPT_COUNT][CLUSTER_SHA_BYTES];
	unsigned int greetings;		/* answers that are still to come */
	struct cluster_host target;	/* to whom we connect, or a Sentinel */
	struct resolve resolve;		/* its addresses */
	bool to_sentinel;
	unsigned int attempt;		/* how many have failed: says whom, and
					 * which address, we try next */
	long long retry_at;		/* milliseconds, as the following */
	long long pause;
	long long asked_time;
	time_t ahead;			/* the engine's clock before ours: seconds */

	/* cluster-feed */
	FILE *feed;			/* NULL: to be begun */
	long long feed_serial;		/* another each time it is begun */
	unsigned int telling;		/* answers that are still to come */
	int watch;			/* see cluster-watch */

	/* cluster-stream */
	char last[48];			/* the last change that we know of */
	unsigned long long number;	/* its number; one is missing: gap */
	bool placed;			/* that is known */
	bool hearing;			/* the next is asked for */
	long long hear_at;		/* not before this, in ms */
	unsigned long long checked;	/* the number when we last looked; */
	bool behind;			/* the engine's was another then */

	/* cluster-reconcile */
	bool missed;			/* something was: all is compared, */
	long long compare_at;		/* but not before */
	char cursor[24];
	bool looking;			/* an answer is still to come */
	struct map *map;		/* which is told */
	struct gdbmfile_cursor map_cursor;	/* behind the last that was told */

	/* cluster-store */
	struct map *kept;		/* what comes is weighed against it */
	FILE *batch;			/* what goes into the map next */
	unsigned int batched;

	/* cluster-blocks */
	unsigned int block_version;	/* that is told */
	size_t block_next;		/* the next of it */
	bool blocks_due;		/* all are to be told */
	bool blocks_missed;		/* some could not be taken */
	struct block *heard;		/* what others have changed */
	size_t heard_count;

	/* cluster-touch */
	bool ready, said_touch;
	time_t since;			/* it is ready, or is not */
	long long ready_at;		/* with these connections; 0: not yet */

	/* cluster-status */
	unsigned long long sent, received, refused;
	time_t reconciled;
	long long status_at;
	enum cluster_state status_of;
	char why[CLUSTER_TEXT_BYTES];		/* the last error, */
	time_t failed;			/* and when it was; 0: none yet */
};

/* Return whether both connections stand and the engine has greeted us. */
bool cluster_connected(const struct cluster *cl);

/*
 * Close both connections for WHY.  The next turn of the session logs WHY, and
 * connects again after a pause, when everything is compared.
 */
void cluster_disconnect(struct cluster *cl, const char *why);

#endif
