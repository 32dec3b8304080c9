/* SPDX-License-Identifier: ISC */
/* Make the folders that a daemon needs, and check that a path is safe. */
#ifndef DAEMON_FOLDER_H
#define DAEMON_FOLDER_H

#include "daemon/account.h"

/*
 * Find out whether only root and UID can replace PATH, an absolute path.  Every
 * folder and link on the way to it must belong to one of them, and no other user
 * may write to a folder.  A sticky folder such as /tmp is accepted if the next
 * part of PATH exists in it.  Return NULL if PATH is safe.  Otherwise return the
 * reason, such as "may be written by others", and the folder in WHERE.
 */
const char *path_unsafe(const char *path, uid_t uid, char where[PATH_MAX]);

/*
 * Return the mode of the map's folder.  Users outside the group may pass through
 * it only if an MTA must reach the map (map_mode) or the responder's old socket.
 * Any user who may pass through it can see when somebody logs in.
 */
mode_t map_folder_mode(const struct authmap *am);

/*
 * Make the folder PATH with MODE for ACCOUNT, unless it exists.  Its parent must
 * exist.  Root makes it itself only if ACCOUNT may not.  If it cannot be made, log
 * it and return false.
 */
bool folder_make(const struct authmap *am, const struct account *account,
    const char *path, mode_t mode);

#endif
