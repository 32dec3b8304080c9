/* SPDX-License-Identifier: ISC */
/* What the engine itself runs, so that no two hosts get in each other's way. */
#ifndef CLUSTER_SCRIPT_H
#define CLUSTER_SCRIPT_H

#include "cluster/cluster.h"

extern const char *const cluster_scripts[SCRIPT_COUNT];

/* Return the longest window, in seconds, that an entry of another host may have. */
unsigned int cluster_window_max(const struct cluster *cl);

/*
 * Have the engine run SCRIPT with the ARGC words ARGV, behind those that each
 * script gets.  DONE is called with the answer and TAG.
 */
void cluster_run_script(struct cluster *cl, enum cluster_script script,
    engine_done *done, long long tag, size_t argc, const char **argv);

#endif
