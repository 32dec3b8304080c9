/* As whom a daemon of ours runs, and the folders that it needs.  Not in the
 * library, as service.h is not. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

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

/*
 * Find out whether only root and UID can put something else in place of PATH, an
 * absolute path.  Every folder and link on the way to it has to be theirs, and no
 * folder may be written by others.  A sticky one, as /tmp, may, if what PATH
 * names in it is there already, and is a folder or a link.  Return NULL if it is
 * so, or what is wrong with WHERE: "may be written by others".
 */
const char *path_unsafe(const char *path, uid_t uid, char where[PATH_MAX]);

/*
 * Return the mode of the map's folder.  Others may only pass through it if an MTA
 * that is not in its group has to: to the map itself (map_mode), or to the
 * responder's old socket.  Whoever may do that sees when somebody logs in.
 */
mode_t map_folder_mode(const struct authmap *am);

/*
 * Makes the folder PATH with MODE, of ACCOUNT, unless it is there.  Its parent
 * must be.  Root makes it itself only where ACCOUNT may not.  False: it is not
 * there now either, which was logged.
 */
bool folder_make(const struct authmap *am, const struct account *account,
    const char *path, mode_t mode);

#endif
