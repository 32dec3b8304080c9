/* SPDX-License-Identifier: ISC */
/* The commands that mend what check finds, as this system has them. */
#ifndef TOOL_REMEDY_H
#define TOOL_REMEDY_H

#include <stdbool.h>

#include "base/config.h"

/* Room for a command. */
#define REMEDY_BYTES (2 * CONFIG_PATH_BYTES + 64)

/* Where make install puts README.md and what an administrator copies. */
#define REMEDY_RECIPES AUTHMAP_DOC

/* Say whether systemd runs this host. */
bool remedy_has_systemd(void);

/*
 * Write to OUT, and return, the command that starts (or restarts) DAEMON, one of
 * authmap's own, such as "authmap-sweeper": systemd's, or a script's of System V
 * or FreeBSD if there is one for it.
 */
const char *remedy_start(const char *daemon, char out[REMEDY_BYTES]);
const char *remedy_restart(const char *daemon, char out[REMEDY_BYTES]);

/*
 * Write to OUT, and return, the command that makes FOLDER with MODE for the user
 * and group of CONFIG.
 */
const char *remedy_folder(const struct config *config, const char *folder,
    unsigned int mode, char out[REMEDY_BYTES]);

/*
 * Write to OUT, and return, what makes the responder answer on PATH, one more
 * UNIX socket.
 */
const char *remedy_socket(const struct config *config, const char *path,
    char out[REMEDY_BYTES]);

#endif
