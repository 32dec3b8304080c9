/* SPDX-License-Identifier: ISC */
/*
 * authmap-cluster: what its parts share.  One process, one loop, nothing that
 * waits: each part does what it can do now in its turn, a function called
 * ..._turn(), once a round.
 *
 *	relay.feed ----> feed ----> engine ----> stream ---+
 *	relay.blocks --> blocks --> engine ----------------+--> store --> the map
 *	the map <-> reconcile <---> engine ----------------+
 *
 * The session calls the other parts, and none of them calls the session: a part
 * that cannot go on calls cluster_disconnect().
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

/* By its SHA-1 a script is called, once the engine has it. */
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
	bool busy;			/* another round is worth it at once */

	/* session */
	struct engine commands;		/* for all but XREAD, */
	struct engine changes;		/* which has a connection of its own */
	char sha[SCRIPT_COUNT][CLUSTER_SHA_BYTES];
	unsigned int greetings_pending;	/* answers awaited */
	struct cluster_host target;	/* the host to connect to */
	struct resolve resolve;		/* its addresses */
	bool to_sentinel;
	unsigned int attempt;		/* failed ones; selects the host and
					 * the address that are tried next */
	long long retry_at;
	long long pause_ms;		/* before the next attempt */
	long long time_asked_at;
	time_t clock_ahead;		/* the engine's clock before this host's:
					 * seconds */

	/* feed */
	FILE *feed;			/* NULL: to be begun */
	long long feed_serial;		/* of the file; another from its start */
	unsigned int puts_pending;	/* answers awaited for its lines */
	int watch;			/* see watch.h */

	/* stream */
	char last_id[48];		/* of the last change that was read */
	unsigned long long last_number;	/* its number */
	bool located;			/* these two are known */
	bool read_pending;		/* an answer is awaited */
	long long read_at;		/* the next read, not before */
	unsigned long long checked_number;	/* at the last check; and then */
	bool behind;			/* the engine had another number */

	/* reconcile */
	bool gap;			/* changes were missed: reconcile, */
	long long reconcile_at;		/* but not before this */
	char scan_cursor[24];
	bool scan_pending;		/* an answer is awaited */
	struct map *published_map;	/* the map that is being published */
	struct gdbmfile_cursor map_cursor;	/* the next entry of it */

	/* store */
	struct map *current_map;	/* what comes is compared with it */
	FILE *batch;			/* the changes to be stored next */
	unsigned int batched;		/* how many they are */

	/* blocks */
	unsigned int blocks_version;	/* that is being published */
	size_t blocks_next;		/* the next of these blocks */
	bool blocks_due;		/* publish all of them */
	bool blocks_skipped;		/* some could not be received */
	struct block *received_blocks;	/* to be stored next */
	size_t received_count;

	/* health */
	bool ready, logged_connected;
	time_t since;			/* when READY last changed */
	long long ready_at;		/* with these connections; 0: not yet */

	/* status */
	unsigned long long sent, received, refused;
	time_t reconciled;
	long long status_at;		/* when it is to be written next */
	enum cluster_state status_of;	/* the state that was written */
	char why[CLUSTER_TEXT_BYTES];	/* the last error, */
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
