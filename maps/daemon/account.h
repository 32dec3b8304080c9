/* SPDX-License-Identifier: ISC */
/* The account that a daemon runs as.  This is not in the library, which never
 * changes the account of its host. */
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
 * Find the account that the daemon is to run as: that of the settings `user` and
 * `group` if it was started by root, otherwise the present one.  If there is no
 * such user or group, log it and return false.
 */
bool account_find(const struct authmap *am, struct account *account);

/* Become ACCOUNT for good, if the process is root.  On an error, log it and return
 * false. */
bool account_become(const struct authmap *am, const struct account *account);

/*
 * If the process is root, act as ACCOUNT and in the group GID until
 * account_act_end().  Files that are made meanwhile belong to ACCOUNT and GID, and
 * the kernel checks the permissions of ACCOUNT and GID.  Return 0, or -1 with errno.
 */
int account_act(const struct account *account, gid_t gid);
int account_act_end(void);

#endif
