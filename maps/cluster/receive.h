/* SPDX-License-Identifier: ISC */
/* Collect the entries of other hosts, and store them in the map. */
#ifndef CLUSTER_RECEIVE_H
#define CLUSTER_RECEIVE_H

#include "cluster/cluster.h"

/*
 * Check an entry that another host has changed by OP (see script.c): KEY and its
 * record TEXT.  Keep a valid entry; the next turn stores it.  Refuse any other.
 */
void cluster_receive_entry(struct cluster *cl, char op, const char *key,
    size_t key_len, const char *text, size_t len);

/*
 * Check and keep an entry of the engine, as above, unless the map has it already.
 * LOGIN is the time of its last login as text, "" if it had none.
 */
void cluster_receive_scanned(struct cluster *cl, const char *key, size_t key_len,
    const char *text, size_t len, const char *login);

/* Return whether the collected entries must be stored before more are received. */
bool cluster_receive_full(const struct cluster *cl);
void cluster_receive_turn(struct cluster *cl);

#endif
