/* SPDX-License-Identifier: ISC */
/* What comes from other hosts: checked strictly, and stored in the map. */
#ifndef CLUSTER_STORE_H
#define CLUSTER_STORE_H

#include "cluster/cluster.h"

/*
 * Check an entry that another host has changed, KEY and its record TEXT, after
 * OP (see script.c), and keep it for the next turn, which stores it.  What is not
 * valid is refused.
 */
void cluster_take(struct cluster *cl, char op, const char *key, size_t key_len,
    const char *text, size_t len);

/*
 * The same for an entry that the engine has, whose last login was at LOGIN, as
 * text, "" if there was none.  An entry that the map has is left out.
 */
void cluster_compare(struct cluster *cl, const char *key, size_t key_len,
    const char *text, size_t len, const char *login);

/* Write RECORD into TEXT as it is published, by the engine's clock. */
void cluster_encode(const struct cluster *cl, const struct record *record,
    char text[RECORD_SIZE]);

/* Return whether so much is kept that it has to be stored first. */
bool cluster_store_full(const struct cluster *cl);
void cluster_store_turn(struct cluster *cl);

/* Count, and log once an hour for each WHY, that WHAT of the engine is refused. */
void cluster_refuse(struct cluster *cl, const char *what, size_t len,
    const char *why);

#endif
