/* SPDX-License-Identifier: ISC */
#include "responder/accounts.h"

#include <stdlib.h>
#include <unistd.h>

/* The first uid of an ordinary account, on today's Linux and BSDs. */
#define FIRST_PERSON 1000

/* One ordinary account may have a quarter of all connections, and all ordinary
 * accounts together half: the other half is always left for MTAs. */
#define ACCOUNT_SHARE 4
#define ORDINARY_SHARE 2

void
accounts_begin(struct client_accounts *accounts)
{
	TAILQ_INIT(&accounts->all);
	TAILQ_INIT(&accounts->idlest_first);
	accounts->count = accounts->ordinary = 0;
}

/* Return the account of the client of FD.  Over TCP it is unknown. */
static uid_t
uid_of(int fd)
{
	uid_t uid;
	gid_t gid;

	return getpeereid(fd, &uid, &gid) == 0 ? uid : ACCOUNT_UNKNOWN;
}

static struct client_account *
account_find(struct client_accounts *accounts, uid_t uid)
{
	struct client_account *account;

	TAILQ_FOREACH(account, &accounts->all, next)
		if (account->uid == uid)
			return account;
	account = calloc(1, sizeof *account);
	if (account == NULL)
		return NULL;
	TAILQ_INIT(&account->idlest_first);
	account->uid = uid;
	account->system = uid < FIRST_PERSON || uid == geteuid();
	TAILQ_INSERT_TAIL(&accounts->all, account, next);
	return account;
}

bool
accounts_add(struct client_accounts *accounts, struct connection *connection)
{
	struct client_account *account =
	    account_find(accounts, uid_of(connection->fd));

	if (account == NULL)
		return false;
	connection->account = account;
	account->count++;
	accounts->count++;
	accounts->ordinary += account->system ? 0 : 1;
	TAILQ_INSERT_TAIL(&account->idlest_first, connection, of_account);
	TAILQ_INSERT_TAIL(&accounts->idlest_first, connection, next);
	return true;
}

void
accounts_remove(struct client_accounts *accounts, struct connection *connection)
{
	struct client_account *account = connection->account;

	TAILQ_REMOVE(&accounts->idlest_first, connection, next);
	TAILQ_REMOVE(&account->idlest_first, connection, of_account);
	accounts->ordinary -= account->system ? 0 : 1;
	accounts->count--;
	if (--account->count > 0)
		return;
	TAILQ_REMOVE(&accounts->all, account, next);
#ifndef __clang_analyzer__	/* it loses track of what TAILQ_REMOVE() does */
	free(account);
#endif
}

void
accounts_answered(struct client_accounts *accounts, struct connection *connection)
{
	struct client_account *account = connection->account;

	TAILQ_REMOVE(&accounts->idlest_first, connection, next);
	TAILQ_INSERT_TAIL(&accounts->idlest_first, connection, next);
	TAILQ_REMOVE(&account->idlest_first, connection, of_account);
	TAILQ_INSERT_TAIL(&account->idlest_first, connection, of_account);
}

/* Return the account with the most connections, or NEWCOMER if none had more than
 * it had before.  An ordinary account never replaces a system account's. */
static struct client_account *
biggest(const struct client_accounts *accounts, struct client_account *newcomer)
{
	struct client_account *account, *found = newcomer;
	unsigned int most = newcomer->count - 1;

	TAILQ_FOREACH(account, &accounts->all, next)
		if (account != newcomer && account->count > most &&
		    (newcomer->system || !account->system)) {
			found = account;
			most = account->count;
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
accounts_crowded(const struct client_accounts *accounts, struct connection *newcomer,
    unsigned int most)
{
	struct client_account *account = newcomer->account;
	struct connection *idlest;

	if (account->system || account->count <= share(most, ACCOUNT_SHARE)) {
		if (accounts->count <= most && (account->system ||
		    accounts->ordinary <= share(most, ORDINARY_SHARE)))
			return NULL;
		account = biggest(accounts, account);
	}
	idlest = TAILQ_FIRST(&account->idlest_first);
	return idlest->fresh ? newcomer : idlest;
}

struct connection *
accounts_idlest(const struct client_accounts *accounts)
{
	struct connection *c = TAILQ_FIRST(&accounts->idlest_first);

	return c == NULL || c->fresh ? NULL : c;
}
