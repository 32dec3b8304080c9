/* SPDX-License-Identifier: ISC */
/*
 * The responder's connections, by the account at the other end: so that no
 * local user, nor a crowd of them, keeps the MTAs from asking.
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
	uid_t uid;		/* PEER_UNKNOWN: all that come over TCP */
	bool system;		/* root, a system account, or our own */
};

#define PEER_UNKNOWN ((uid_t)-1)

struct peers {
	TAILQ_HEAD(peer_list, peer) all;
	struct connections idlest_first;	/* of every account */
	unsigned int count;
	unsigned int ordinary;	/* of these, of accounts that are not system's */
};

/* Begin without a connection. */
void peers_begin(struct peers *peers);

/*
 * Add CONNECTION, whose descriptor is set, to those of the account at its other
 * end.  Return false if there is no memory: it is then not among them.
 */
bool peers_add(struct peers *peers, struct connection *connection);

/* Take CONNECTION out; its owner closes and frees it. */
void peers_remove(struct peers *peers, struct connection *connection);

/* CONNECTION has just been answered: it is the last to make room. */
void peers_answered(struct peers *peers, struct connection *connection);

/*
 * Find which connection has to go so that NEWCOMER, which was just added, can
 * stay among MOST connections.  Return NULL if there is room for it, or the
 * connection to be closed: the idlest of the account that holds too many, never
 * before its first turn; or NEWCOMER itself.
 */
struct connection *peers_crowded(const struct peers *peers,
    struct connection *newcomer, unsigned int most);

/* Return the connection that was idle for the longest, unless all wait for
 * their first turn; else NULL. */
struct connection *peers_idlest(const struct peers *peers);

#endif
