/* SPDX-License-Identifier: ISC */
/*
 * relay.feed: what the writers of this host change, for authmap-cluster, which
 * tells other hosts.  They begin it where `cluster` is set.  Its lines are those
 * of change.h, with what the map has now: + after a login, = otherwise.
 *
 * Whoever cannot write it, or finds that nobody has read it for long, removes
 * it; authmap-cluster, missing it, compares the whole map.
 */
#ifndef STORE_FEED_H
#define STORE_FEED_H

#include "store/change.h"

/* Writers note nothing more in a file that is longer, but remove it; so none of
 * ours ends beyond the second. */
#define FEED_MAX_BYTES (16 * 1024 * 1024)
#define FEED_END_BYTES (FEED_MAX_BYTES + CHANGE_SIZE)

/* All but feed_drop() with the writers' lock held. */

/* A descriptor for feed_note() and feed_close(), or -1: nothing is noted. */
int feed_open(const struct authmap *am);
void feed_close(int fd);

/* Notes, before it is done, that CHANGE makes RECORD of its entry. */
void feed_note(const struct authmap *am, int fd, const struct change *change,
    const struct record *record);

/* Removes it: what has happened cannot be noted. */
void feed_drop(const struct authmap *am);

/* Begins a new one, or goes on with the one that is there; a descriptor to read
 * it, or -1 with errno. */
int feed_begin(const struct authmap *am, bool anew);

#endif
