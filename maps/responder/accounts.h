/* SPDX-License-Identifier: ISC */
/*
 * The responder's connections, by the account of the client, so that local users
 * cannot use up the connections that the MTAs need.
 */
#ifndef RESPONDER_PEERS_H
#define RESPONDER_PEERS_H

#include <sys/types.h>

#include "responder/connection.h"

TAILQ_HEAD(connections, connection);

/* An account that has connections. */
struct peer {
	TAILQ_ENTRY(peer) next;
	struct connections idlest_first;
	unsigned int count;
	uid_t uid;		/* PEER_UNKNOWN: all TCP clients */
	bool system;		/* root, a system account, or the setting `user` */
};

#define PEER_UNKNOWN ((uid_t)-1)

struct peers {
	TAILQ_HEAD(peer_list, peer) all;
	struct connections idlest_first;	/* of all accounts */
	unsigned int count;
	unsigned int ordinary;	/* connections of ordinary accounts */
};

/* Start with no connection. */
void peers_begin(struct peers *peers);

/*
 * Add CONNECTION, whose descriptor is set, to those of its client's account.
 * Return false if there is no memory; it is not added then.
 */
bool peers_add(struct peers *peers, struct connection *connection);

/* Remove CONNECTION.  The caller closes and frees it. */
void peers_remove(struct peers *peers, struct connection *connection);

/* Note that CONNECTION has just been answered and is now the least idle one. */
void peers_answered(struct peers *peers, struct connection *connection);

/*
 * Find the connection to be closed after NEWCOMER was added, if MOST connections
 * are allowed.  Return NULL if there is room.  Otherwise return the connection
 * of the account with too many that was idle for the longest and has been served
 * before, or else NEWCOMER.
 */
struct connection *peers_crowded(const struct peers *peers,
    struct connection *newcomer, unsigned int most);

/* Return the connection that was idle for the longest and has been served before,
 * or NULL. */
struct connection *peers_idlest(const struct peers *peers);

#endif
