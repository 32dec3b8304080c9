/* SPDX-License-Identifier: ISC */
/*
 * The responder's connections, by the account of the client, so that local users
 * cannot use up the connections that the MTAs need.
 */
#ifndef RESPONDER_ACCOUNTS_H
#define RESPONDER_ACCOUNTS_H

#include <sys/types.h>

#include "responder/connection.h"

TAILQ_HEAD(connections, connection);

/* An account that has connections. */
struct client_account {
	TAILQ_ENTRY(client_account) next;
	struct connections idlest_first;
	unsigned int count;
	uid_t uid;		/* ACCOUNT_UNKNOWN: all TCP clients */
	bool system;		/* root, a system account, or the setting `user` */
};

#define ACCOUNT_UNKNOWN ((uid_t)-1)

struct client_accounts {
	TAILQ_HEAD(client_account_list, client_account) all;
	struct connections idlest_first;	/* of all accounts */
	unsigned int count;
	unsigned int ordinary;	/* connections of ordinary accounts */
};

/* Start with no connection. */
void accounts_begin(struct client_accounts *accounts);

/*
 * Add CONNECTION, whose descriptor is set, to those of its client's account.
 * Return false if there is no memory; it is not added then.
 */
bool accounts_add(struct client_accounts *accounts, struct connection *connection);

/* Remove CONNECTION.  The caller closes and frees it. */
void accounts_remove(struct client_accounts *accounts,
    struct connection *connection);

/* Note that CONNECTION has just been answered and is now the least idle one. */
void accounts_answered(struct client_accounts *accounts,
    struct connection *connection);

/*
 * Find the connection to be closed after NEWCOMER was added, if MOST connections
 * are allowed.  Return NULL if there is room.  Otherwise return the connection
 * of the account with too many that was idle for the longest and has been served
 * before, or else NEWCOMER.
 */
struct connection *accounts_crowded(const struct client_accounts *accounts,
    struct connection *newcomer, unsigned int most);

/* Return the connection that was idle for the longest and has been served before,
 * or NULL. */
struct connection *accounts_idlest(const struct client_accounts *accounts);

#endif
