/* SPDX-License-Identifier: ISC */
/* The commands that correct what check finds, as this system has them. */
#ifndef TOOL_REMEDY_H
#define TOOL_REMEDY_H

#include <stdbool.h>

#include "base/config.h"

/* The room for a command. */
#define REMEDY_BYTES (2 * CONFIG_PATH_BYTES + 64)

/* The folder in which make install puts README.md and conf.d. */
#define REMEDY_RECIPES AUTHMAP_DOC

/* Return whether systemd runs on this host. */
bool remedy_has_systemd(void);

/*
 * Write to OUT, and return, the command that starts (or restarts) DAEMON, such as
 * "authmap-sweeper": by systemd, or by a script of System V or FreeBSD if there is
 * one.
 */
const char *remedy_start(const char *daemon, char out[REMEDY_BYTES]);
const char *remedy_restart(const char *daemon, char out[REMEDY_BYTES]);

/*
 * Write to OUT, and return, the command that makes FOLDER with MODE for the user
 * and group of CONFIG.
 */
const char *remedy_folder(const struct config *config, const char *folder,
    unsigned int mode, char out[REMEDY_BYTES]);

/* Write to OUT, and return, what to do so that the responder also answers on the
 * UNIX socket PATH. */
const char *remedy_socket(const struct config *config, const char *path,
    char out[REMEDY_BYTES]);

#endif
