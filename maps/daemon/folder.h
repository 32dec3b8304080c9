/* SPDX-License-Identifier: ISC */
/* The folders that a daemon needs, and whether a path to one is safe. */
#ifndef DAEMON_FOLDER_H
#define DAEMON_FOLDER_H

#include "daemon/account.h"

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
 * Make the folder PATH with MODE, of ACCOUNT, unless it is there.  Its parent
 * must be.  Root makes it itself only where ACCOUNT may not.  False: it is not
 * there now either, which was logged.
 */
bool folder_make(const struct authmap *am, const struct account *account,
    const char *path, mode_t mode);

#endif
