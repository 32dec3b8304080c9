/* SPDX-License-Identifier: ISC */
#include "responder/peers.h"

#include <stdlib.h>
#include <unistd.h>

/* The first uid of an ordinary account, on today's Linux and BSDs. */
#define FIRST_PERSON 1000

/* One ordinary account may have a quarter of all connections, and all ordinary
 * accounts together half: the other half is always left for MTAs. */
#define ACCOUNT_SHARE 4
#define ORDINARY_SHARE 2

void
peers_begin(struct peers *peers)
{
	TAILQ_INIT(&peers->all);
	TAILQ_INIT(&peers->idlest_first);
	peers->count = peers->ordinary = 0;
}

/* Return the account of the client of FD.  Over TCP it is unknown. */
static uid_t
uid_of(int fd)
{
	uid_t uid;
	gid_t gid;

	return getpeereid(fd, &uid, &gid) == 0 ? uid : PEER_UNKNOWN;
}

static struct peer *
peer_find(struct peers *peers, uid_t uid)
{
	struct peer *peer;

	TAILQ_FOREACH(peer, &peers->all, next)
		if (peer->uid == uid)
			return peer;
	peer = calloc(1, sizeof *peer);
	if (peer == NULL)
		return NULL;
	TAILQ_INIT(&peer->idlest_first);
	peer->uid = uid;
	peer->system = uid < FIRST_PERSON || uid == geteuid();
	TAILQ_INSERT_TAIL(&peers->all, peer, next);
	return peer;
}

bool
peers_add(struct peers *peers, struct connection *connection)
{
	struct peer *peer = peer_find(peers, uid_of(connection->fd));

	if (peer == NULL)
		return false;
	connection->peer = peer;
	peer->count++;
	peers->count++;
	peers->ordinary += peer->system ? 0 : 1;
	TAILQ_INSERT_TAIL(&peer->idlest_first, connection, of_peer);
	TAILQ_INSERT_TAIL(&peers->idlest_first, connection, next);
	return true;
}

void
peers_remove(struct peers *peers, struct connection *connection)
{
	struct peer *peer = connection->peer;

	TAILQ_REMOVE(&peers->idlest_first, connection, next);
	TAILQ_REMOVE(&peer->idlest_first, connection, of_peer);
	peers->ordinary -= peer->system ? 0 : 1;
	peers->count--;
	if (--peer->count > 0)
		return;
	TAILQ_REMOVE(&peers->all, peer, next);
#ifndef __clang_analyzer__	/* it loses track of what TAILQ_REMOVE() does */
	free(peer);
#endif
}

void
peers_answered(struct peers *peers, struct connection *connection)
{
	struct peer *peer = connection->peer;

	TAILQ_REMOVE(&peers->idlest_first, connection, next);
	TAILQ_INSERT_TAIL(&peers->idlest_first, connection, next);
	TAILQ_REMOVE(&peer->idlest_first, connection, of_peer);
	TAILQ_INSERT_TAIL(&peer->idlest_first, connection, of_peer);
}

/* Return the account with the most connections, or NEWCOMER if none had more than
 * it had before.  An ordinary account never replaces a system account's. */
static struct peer *
biggest(const struct peers *peers, struct peer *newcomer)
{
	struct peer *peer, *found = newcomer;
	unsigned int most = newcomer->count - 1;

	TAILQ_FOREACH(peer, &peers->all, next)
		if (peer != newcomer && peer->count > most &&
		    (newcomer->system || !peer->system)) {
			found = peer;
			most = peer->count;
		}
	return found;
}

/* Return the share 1 / OF of MOST connections, which is at least one. */
static unsigned int
share(unsigned int most, unsigned int of)
{
	return most < of ? 1 : most / of;
}

struct connection *
peers_crowded(const struct peers *peers, struct connection *newcomer,
    unsigned int most)
{
	struct peer *peer = newcomer->peer;
	struct connection *idlest;

	if (peer->system || peer->count <= share(most, ACCOUNT_SHARE)) {
		if (peers->count <= most && (peer->system ||
		    peers->ordinary <= share(most, ORDINARY_SHARE)))
			return NULL;
		peer = biggest(peers, peer);
	}
	idlest = TAILQ_FIRST(&peer->idlest_first);
	return idlest->fresh ? newcomer : idlest;
}

struct connection *
peers_idlest(const struct peers *peers)
{
	struct connection *c = TAILQ_FIRST(&peers->idlest_first);

	return c == NULL || c->fresh ? NULL : c;
}
