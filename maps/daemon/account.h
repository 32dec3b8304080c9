/* SPDX-License-Identifier: ISC */
/* As whom a daemon of ours runs.  Not in the
 * library, as service.h is not. */
#ifndef DAEMON_ACCOUNT_H
#define DAEMON_ACCOUNT_H

#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>

#include "base/handle.h"

struct account {
	uid_t uid;
	gid_t gid;
	char name[LOGIN_NAME_MAX];
};

/*
 * Whom the daemon is to run as: the settings `user` and `group` when started
 * by root, else whoever started it.  Returns false, having logged, when there
 * is no such user or group.
 */
bool account_find(const struct authmap *am, struct account *account);

/* Becomes ACCOUNT for good, if we are root.  False: not, which was logged. */
bool account_become(const struct authmap *am, const struct account *account);

/*
 * Acts as ACCOUNT and in the group GID for a while, if we are root: what is
 * made meanwhile is theirs, and what they may not do fails.  False with errno.
 */
bool account_act(const struct account *account, gid_t gid);
bool account_act_end(void);

#endif
