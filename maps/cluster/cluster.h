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

#include "store/blocklist-edit.h"
#include "cluster/engine.h"
#include "cluster/resolve.h"
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

/* cluster-session.c */

/* Connects, when it is time; sees that both connections live. */
void cluster_session_turn(struct cluster *cl);

/* Ends both connections, and says WHY; another try is made later. */
void cluster_session_end(struct cluster *cl, const char *why);

/* Ends them because we want to; the next are begun at once. */
void cluster_session_leave(struct cluster *cl, const char *why);

/* One of the answers has come that we wait for before we begin. */
void cluster_greeted(struct cluster *cl);

/* Are we in touch with the engine? */
bool cluster_connected(const struct cluster *cl);

/* cluster-touch.c */

/* Logs why touch was lost, unless that was said a while ago. */
void cluster_touch_lost(struct cluster *cl);

/* Logs that we are in touch, once all is compared; sees since when. */
void cluster_touch_turn(struct cluster *cl);

/* Have these connections done well for a while? */
bool cluster_touch_well(const struct cluster *cl);

/* cluster-script.c: what the engine runs. */
extern const char *const cluster_scripts[SCRIPT_COUNT];

/* The longest window (seconds) of which others are believed. */
unsigned int cluster_longest(const struct cluster *cl);

/* Asks for a script, with the words of ARGV behind those that all of them get. */
void cluster_run(struct cluster *cl, enum cluster_script script,
    engine_done *done, long long tag, size_t argc, const char **argv);

/* cluster-feed.c */

/* Makes sure that this host's writers note what they change; false: not yet. */
bool cluster_feed_ready(struct cluster *cl);

/* Tells the engine what they have noted. */
void cluster_feed_turn(struct cluster *cl);
/* False: there is more than can be told now. */
bool cluster_feed_tell(struct cluster *cl);

/* All of it is told anew. */
void cluster_feed_rewind(struct cluster *cl);
void cluster_feed_close(struct cluster *cl);

/* What comes of entries that were told: a few may have lost. */
engine_done cluster_put_done;

/* cluster-stream.c */

/* Asks where the stream ends now, whence it is heard; then compares. */
void cluster_stream_begin(struct cluster *cl);
void cluster_stream_turn(struct cluster *cl);

/* Looks whether we know of all changes. */
void cluster_stream_check(struct cluster *cl);

/* cluster-reconcile.c */
void cluster_reconcile_begin(struct cluster *cl);
void cluster_reconcile_turn(struct cluster *cl);
void cluster_reconcile_end(struct cluster *cl);

/* cluster-store.c */

/*
 * Takes what stands elsewhere: KEY's entry, as TEXT, after OP, see
 * cluster-script.c.  What cannot be believed is refused.
 */
void cluster_take(struct cluster *cl, char op, const char *key, size_t key_len,
    const char *text, size_t len);

/* Likewise, in a comparison, where its last login was at LOGIN, as text, if
 * there was one: leaves out what the map has. */
void cluster_compare(struct cluster *cl, const char *key, size_t key_len,
    const char *text, size_t len, const char *login);

/* Writes RECORD as it is told, by the engine's clock. */
void cluster_encode(const struct cluster *cl, const struct record *record,
    char text[RECORD_SIZE]);

/* Is there so much that it has to be stored first? */
bool cluster_store_full(const struct cluster *cl);
void cluster_store_turn(struct cluster *cl);

/* Counts, and says once an hour, what the engine has that is refused. */
void cluster_refuse(struct cluster *cl, const char *what, size_t len,
    const char *why);

/* cluster-blocks.c */
void cluster_blocks_turn(struct cluster *cl);
void cluster_blocks_take(struct cluster *cl, const char *text, size_t len);
void cluster_blocks_end(struct cluster *cl);

/* cluster-status.c */
void cluster_status_turn(struct cluster *cl);
void cluster_status_publish(struct cluster *cl, bool stopped);

/* cluster-watch.c: wakes the loop when a file changes, where that can be. */

/* A descriptor for poll(2), or -1: look every CLUSTER_LOOK_MS milliseconds. */
#define CLUSTER_LOOK_MS 20
int cluster_watch_begin(void);
void cluster_watch_file(int watch, const char *path);
void cluster_watch_drain(int watch);

#endif
