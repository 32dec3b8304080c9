/* SPDX-License-Identifier: ISC */
/* How authmap(8) and authmap-cluster change relay.blocks.  This is not part of the
 * library. */
#ifndef STORE_BLOCKLIST_EDIT_H
#define STORE_BLOCKLIST_EDIT_H

#include "store/blocklist.h"

/*
 * Read TEXT into BLOCK, whose `what` the caller frees.  TEXT is an address or a
 * network, or a user as record_user_given() takes it; if USER, it can only be a
 * user.  Return NULL, or the reason why it is not valid.
 */
const char *block_parse(const char *text, bool user, struct block *block);

/*
 * Write BLOCK into the file, with a later SINCE than a block of the same user or
 * network, which it replaces.  Return 1, or -1 with the reason in
 * AM->blocks->trouble.
 */
int block_add(const struct authmap *am, const struct block *block);

/*
 * End the block in force of the same user or network as BLOCK; the file keeps it
 * for BLOCK_MEMORY_SECS.  Return 1, 0 if there was none, or -1 as block_add().
 */
int block_remove(const struct authmap *am, const struct block *block);

/*
 * Write COUNT blocks of other hosts, of which no two are of the same user or
 * network, into the file, if block_wins() prefers them.  Return 0, or -1 as
 * block_add().
 */
int block_merge(const struct authmap *am, const struct block *blocks,
    size_t count);

/* Write BLOCK into TEXT as a line without a newline. */
void block_encode(const struct block *block, char text[RECORD_SIZE]);

#endif
