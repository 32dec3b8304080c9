/* What the administrator's tool does to relay.blocks.  Not in the library. */
#ifndef BLOCK_EDIT_H
#define BLOCK_EDIT_H

#include "block.h"

/*
 * Reads TEXT, a user, an address or a network, into BLOCK, whose `what` the
 * caller frees; USER: it can only be a user.  Returns NULL, or what is wrong.
 */
const char *block_parse(const char *text, bool user, struct block *block);

/*
 * Puts BLOCK into the file, in place of one of the same; or ends the one of the
 * same that is in force, which stays for BLOCK_MEMORY.  Return 1, 0: there was
 * none, or -1: it cannot be done, which was logged.
 */
int block_add(const struct authmap *am, const struct block *block);
int block_remove(const struct authmap *am, const struct block *block);

#endif
