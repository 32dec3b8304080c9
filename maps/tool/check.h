/* SPDX-License-Identifier: ISC */
/* The parts of "authmap check"; each stands in the file of its subject. */
#ifndef TOOL_CHECK_H
#define TOOL_CHECK_H

#include "tool/check-say.h"

/* Look at the configuration file and its settings. */
void check_config(struct check *check);

/* Look whether Dovecot, if it is installed, records logins. */
void check_dovecot(struct check *check);

/* Look at the map's folder, the map, and the writers' lock. */
void check_folder(struct check *check);
void check_map(struct check *check);
void check_lock(struct check *check);

/* Look how many logins were not recorded. */
void check_failures(struct check *check);

/* Look when the last sweep was, at the saved state, and at the blocks. */
void check_sweeper(struct check *check);
void check_state(struct check *check);
void check_blocks(struct check *check);

/* Look which MTA asks, and whether what it says then lets an address relay. */
void check_mtas(struct check *check);

/* Ask the responder on each socket of the configuration; after check_mtas(). */
void check_responder(struct check *check);

/* Look whether the host is connected to the others of its cluster, if it has any. */
void check_cluster(struct check *check);

/* Say whose logins are recorded: everybody's, or those of `users`. */
void check_users(struct check *check);

#endif
