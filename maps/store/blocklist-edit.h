/* SPDX-License-Identifier: ISC */
/* What the administrator's tool, and authmap-cluster, do to relay.blocks.  Not in
 * the library. */
#ifndef STORE_BLOCKLIST_EDIT_H
#define STORE_BLOCKLIST_EDIT_H

#include "store/blocklist.h"

/*
 * Read TEXT, a user as record_user_given() takes it, an address or a network,
 * into BLOCK, whose `what` the caller frees; USER: it can only be a user.  Return
 * NULL, or what is wrong.
 */
const char *block_parse(const char *text, bool user, struct block *block);

/*
 * Puts BLOCK into the file, in place of one of the same, than which its SINCE is
 * made later; or ends the one of the same that is in force, which stays for
 * BLOCK_MEMORY_SECS.  Return 1, 0: there was none, or -1: it cannot be done, which
 * was logged.
 */
int block_add(const struct authmap *am, const struct block *block);
int block_remove(const struct authmap *am, const struct block *block);

/*
 * Puts COUNT blocks of other hosts into the file, of which no two are the same:
 * those that block_wins() has count.  Returns 0, or -1, which was logged.
 */
int block_merge(const struct authmap *am, const struct block *blocks,
    size_t count);

/* Writes BLOCK as a line into TEXT, without a newline. */
void block_encode(const struct block *block, char text[RECORD_SIZE]);

#endif
