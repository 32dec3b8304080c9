/* SPDX-License-Identifier: ISC */
/* Scripts that the engine runs, each as one atomic step. */
#ifndef CLUSTER_SCRIPT_H
#define CLUSTER_SCRIPT_H

#include "cluster/cluster.h"

extern const char *const cluster_scripts[SCRIPT_COUNT];

/* Return how many seconds an entry of another host may last after its login. */
unsigned int cluster_window_max(const struct cluster *cl);

/*
 * Have the engine run SCRIPT with the ARGC words ARGV, after the arguments that all
 * scripts have in common.  DONE is called with the reply and TAG.
 */
void cluster_run_script(struct cluster *cl, enum cluster_script script,
    engine_done *done, long long tag, size_t argc, const char **argv);

#endif
