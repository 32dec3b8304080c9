/* SPDX-License-Identifier: ISC */
/*
 * Entries as hosts send them to each other: the encoding of published entries, and
 * the checks of received ones.  Other hosts may be wrong or hostile.
 */
#ifndef CLUSTER_ENTRY_H
#define CLUSTER_ENTRY_H

#include "cluster/cluster.h"
#include "store/change.h"

/* Encode RECORD into TEXT with the times of the engine's clock. */
void cluster_encode_record(const struct cluster *cl,
    const struct record *record, char text[RECORD_SIZE]);

/*
 * Decode KEY and its record TEXT, which another host has published, into CHANGE.
 * The caller has set OP of CHANGE.  Return false if this host ignores the entry
 * because it has expired, or because it is not valid, which is counted and logged.
 */
bool cluster_decode_entry(struct cluster *cl, const char *key, size_t key_len,
    const char *text, size_t len, struct change *change);

/* Count that WHAT, received from the engine, is rejected because of WHY.  Log it
 * once an hour for each WHY. */
void cluster_reject(struct cluster *cl, const char *what, size_t len,
    const char *why);

#endif
