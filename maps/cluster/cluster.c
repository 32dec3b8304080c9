/* SPDX-License-Identifier: ISC */
#include "cluster/cluster.h"

bool
cluster_connected(const struct cluster *cl)
{
	return cl->state >= CLUSTER_FETCHING && cl->ask.c != NULL &&
	    cl->hear.c != NULL;
}

void
cluster_disconnect(struct cluster *cl, const char *why)
{
	engine_close(&cl->ask, why);
	engine_close(&cl->hear, why);
	cl->soon = true;
}
