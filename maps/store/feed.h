/* SPDX-License-Identifier: ISC */
/*
 * relay.feed: the changes of this host's writers, which authmap-cluster sends to
 * other hosts.  Writers make it if `cluster` is set.  Its lines are in the format of
 * change.h and have the record that is in the map now: + after a login, = otherwise.
 *
 * A writer removes the feed if it cannot write it, or if it has become long because
 * nobody reads it.  Without it, authmap-cluster reconciles the whole map.
 */
#ifndef STORE_FEED_H
#define STORE_FEED_H

#include "store/change.h"

/* A writer removes a longer file instead of appending to it, so no file is longer
 * than FEED_END_BYTES. */
#define FEED_MAX_BYTES (16 * 1024 * 1024)
#define FEED_END_BYTES (FEED_MAX_BYTES + CHANGE_SIZE)

/* The caller holds the writers' lock, except for feed_drop(). */

/* Return a descriptor for feed_note() and feed_close(), or -1 if no change is to be
 * noted. */
int feed_open(const struct authmap *am);
void feed_close(int fd);

/* Note that CHANGE makes RECORD of its entry.  Call this before the map is
 * changed. */
void feed_note(const struct authmap *am, int fd, const struct change *change,
    const struct record *record);

/* Remove the feed, because a change cannot be noted. */
void feed_drop(const struct authmap *am);

/* Return a descriptor to read the feed, or -1 with errno.  If RESTART, or if there
 * is none, it begins as an empty file. */
int feed_begin(const struct authmap *am, bool restart);

#endif
