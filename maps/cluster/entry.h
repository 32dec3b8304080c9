/* SPDX-License-Identifier: ISC */
/*
 * Entries as hosts send them to each other: what is published, and what is
 * accepted from other hosts, which may be wrong or hostile.
 */
#ifndef CLUSTER_ENTRY_H
#define CLUSTER_ENTRY_H

#include "cluster/cluster.h"
#include "store/change.h"

/* Write RECORD into TEXT as it is published, by the engine's clock. */
void cluster_encode_record(const struct cluster *cl,
    const struct record *record, char text[RECORD_SIZE]);

/*
 * Decode KEY and its record TEXT, as another host has published them, into CHANGE,
 * whose OP the caller has set.  Return false if this host does not accept them:
 * they are not valid, which is counted and logged, or have expired.
 */
bool cluster_decode_entry(struct cluster *cl, const char *key, size_t key_len,
    const char *text, size_t len, struct change *change);

/* Count, and log once an hour for each WHY, that WHAT of the engine is refused. */
void cluster_refuse(struct cluster *cl, const char *what, size_t len,
    const char *why);

#endif
