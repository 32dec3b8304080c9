/* SPDX-License-Identifier: ISC */
/* The parts of "authmap check" that have a file of their own. */
#ifndef TOOL_CHECK_H
#define TOOL_CHECK_H

#include "tool/check-say.h"

/* Look at the configuration file and its settings. */
void check_config(struct check *check);

/* Look at the map's folder, the map, and the writers' lock. */
void check_folder(struct check *check);
void check_map(struct check *check);
void check_lock(struct check *check);

/* Look when the last sweep was, at the saved state, and at the blocks. */
void check_sweeper(struct check *check);
void check_state(struct check *check);
void check_blocks(struct check *check);

/* Ask the responder, and look which MTA is set up to ask it. */
void check_mtas(struct check *check);

/* Look whether the host is connected to the others of its cluster, if it has any. */
void check_cluster(struct check *check);

/* Say whose logins are recorded: everybody's, or those of `users`. */
void check_users(struct check *check);

#endif
