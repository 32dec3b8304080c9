/* SPDX-License-Identifier: ISC */
/* The parts of "authmap check"; each is in the file of its subject. */
#ifndef TOOL_CHECK_H
#define TOOL_CHECK_H

#include "tool/check-report.h"

/* Check the configuration file and its settings. */
void check_config(struct check *check);

/* Check whether Dovecot, if it is installed, records logins. */
void check_dovecot(struct check *check);

/* Check that neither SELinux nor AppArmor forbids Dovecot to write the map. */
void check_confined(struct check *check);

/* Check the map's folder, the map, and the writers' lock. */
void check_folder(struct check *check);
void check_map(struct check *check);
void check_lock(struct check *check);

/* Report how many logins were recorded and how many refused: if a proxy hides the
 * clients, or a name of `users` is mistyped, all are refused. */
void check_logins(struct check *check);

/* Report how many logins were not recorded. */
void check_failures(struct check *check);

/* Check the last sweep, the saved state, and the blocks. */
void check_sweeper(struct check *check);
void check_state(struct check *check);
void check_blocks(struct check *check);

/* Check which MTAs are configured for authmap; probe each if check->probe is set. */
void check_mtas(struct check *check);

/*
 * Ask the responder on each socket of the configuration.  Call check_mtas() before.
 */
void check_responder(struct check *check);

/* Check whether the host is connected to its cluster, if it has one. */
void check_cluster(struct check *check);

/* Report whose logins are recorded: those of all users, or of `users`. */
void check_users(struct check *check);

#endif
