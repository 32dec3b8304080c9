/* SPDX-License-Identifier: ISC */
/*
 * authmap-cluster: the state that its parts share.  It is one process with one
 * loop, and no part waits.  Once a round, each part takes its turn, a function
 * called ..._turn(), and does as much as it can without waiting.
 *
 *	relay.feed ----> feed ----> engine ----> stream ---+
 *	relay.blocks --> blocks --> engine ----------------+--> receive --> the map
 *	the map <-> reconcile <---> engine ----------------+
 *
 * main calls the turn of each part.  connect calls the other parts.  None of them
 * calls connect: a part that cannot continue calls cluster_disconnect().
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
	CLUSTER_RESOLVING,	/* looking up the addresses of a host */
	CLUSTER_ASKING_SENTINEL,	/* for the master's address */
	CLUSTER_GREETING,	/* both connections are being opened */
	CLUSTER_FETCHING,	/* reconciling: fetching what the engine has */
	CLUSTER_PUBLISHING,	/* reconciling: publishing what the map has */
	CLUSTER_READY
};

/* A script that the engine has loaded is called by its SHA-1. */
#define CLUSTER_SHA_BYTES 41
enum cluster_script { SCRIPT_PUT, SCRIPT_BLOCK, SCRIPT_SCAN, SCRIPT_TAIL,
	SCRIPT_COUNT };

/* The most entries that are published at once; each takes three words. */
#define CLUSTER_BATCH_ENTRIES 100

/* Times that end in _at are milliseconds of CLOCK_MONOTONIC. */
struct cluster {
	struct authmap *am;
	enum cluster_state state;
	char host[17];			/* marks this host's own changes */
	bool busy;			/* run the next round at once */

	/* connect */
	struct engine commands;		/* the connection for all but XREAD */
	struct engine changes;		/* the connection for XREAD */
	char sha[SCRIPT_COUNT][CLUSTER_SHA_BYTES];
	unsigned int greetings_pending;	/* replies awaited */
	struct cluster_host target;	/* the host to connect to */
	struct resolve resolve;		/* its addresses */
	bool to_sentinel;
	unsigned int attempt;		/* how many failed; selects the host
					 * and the address to try next */
	long long retry_at;
	long long pause_ms;		/* before the next attempt */
	long long time_asked_at;
	time_t clock_ahead;		/* by how many seconds the engine's clock
					 * is ahead of this host's */

	/* feed */
	FILE *feed;			/* NULL: to be opened or created */
	long long feed_serial;		/* changes with each file and rewind */
	unsigned int puts_pending;	/* replies awaited for its lines */
	int watch;			/* see watch.h */

	/* stream */
	char last_id[48];		/* of the last change that was read */
	unsigned long long last_number;	/* its number */
	bool located;			/* these two are known */
	bool read_pending;		/* a reply is awaited */
	long long read_at;		/* do not read before */
	unsigned long long checked_number;	/* last_number at the last check */
	bool behind;			/* the engine's number differed then */

	/* reconcile */
	bool gap;			/* changes were missed: reconcile */
	long long reconcile_at;		/* do not reconcile before */
	char scan_cursor[24];
	bool scan_pending;		/* a reply is awaited */
	struct map *published_map;	/* the map that is being published */
	struct gdbmfile_cursor map_cursor;	/* the next entry of it */

	/* receive */
	struct map *current_map;	/* received entries are compared with it */
	FILE *batch;			/* the changes to be stored next */
	unsigned int batched;		/* the number of changes in batch */

	/* blocks */
	unsigned int blocks_version;	/* of the blocks that are published */
	size_t blocks_next;		/* the index of the next one */
	bool blocks_due;		/* publish all of them */
	bool blocks_skipped;		/* some received ones were ignored */
	struct block *received_blocks;	/* to be stored next */
	size_t received_count;

	/* health */
	bool ready, logged_connected;
	time_t since;			/* when READY last changed */
	long long ready_at;		/* since these connections; 0: not yet */

	/* status */
	unsigned long long sent, received, rejected;
	time_t reconciled;
	long long status_at;		/* when to write relay.cluster next */
	enum cluster_state status_of;	/* the state that was written last */
	char why[CLUSTER_TEXT_BYTES];	/* the last error */
	time_t failed;			/* the time of that error; 0: none */
};

/* Return whether both connections are open and the engine answered the greeting. */
bool cluster_connected(const struct cluster *cl);

/*
 * Close both connections because of WHY.  The next turn of connect logs WHY,
 * connects again after a pause, and reconciles the whole map.
 */
void cluster_disconnect(struct cluster *cl, const char *why);

#endif
