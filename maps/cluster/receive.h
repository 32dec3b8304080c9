/* SPDX-License-Identifier: ISC */
/* Entries of other hosts: collected, and stored in the map. */
#ifndef CLUSTER_STORE_H
#define CLUSTER_STORE_H

#include "cluster/cluster.h"

/*
 * Check an entry that another host has changed, KEY and its record TEXT, after
 * OP (see script.c), and keep it for the next turn, which stores it.  What is not
 * valid is refused.
 */
void cluster_receive_entry(struct cluster *cl, char op, const char *key,
    size_t key_len, const char *text, size_t len);

/*
 * The same for an entry that the engine has, whose last login was at LOGIN, as
 * text, "" if there was none.  An entry that the map has is left out.
 */
void cluster_merge_entry(struct cluster *cl, const char *key, size_t key_len,
    const char *text, size_t len, const char *login);

/* Return whether so many are collected that they have to be stored first. */
bool cluster_store_full(const struct cluster *cl);
void cluster_store_turn(struct cluster *cl);

#endif
