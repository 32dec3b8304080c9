/* SPDX-License-Identifier: ISC */
#include "cluster/cluster.h"

bool
cluster_connected(const struct cluster *cl)
{
	return cl->state >= CLUSTER_FETCHING && cl->commands.c != NULL &&
	    cl->changes.c != NULL;
}

void
cluster_disconnect(struct cluster *cl, const char *why)
{
	engine_close(&cl->commands, why);
	engine_close(&cl->changes, why);
	cl->busy = true;
}
