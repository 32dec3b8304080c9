/* SPDX-License-Identifier: ISC */
/*
 * relay.blocks in state_dir: users, addresses and networks that an administrator has
 * blocked.  blocklist.c reads it, blocklist-edit.c writes it, a block a line:
 *
 * 	UNTIL SINCE user|network WHAT
 *
 * Writers read it for each login, and readers if they may.  Only root and the
 * account of the daemons write it.
 */
#ifndef STORE_BLOCKLIST_H
#define STORE_BLOCKLIST_H

#include "store/change.h"

struct block {
	bool user;		/* otherwise a network */
	time_t since;
	time_t until;		/* expires then; 0: never */
	struct network network;
	char *what;		/* a user, encoded as in a record; or a network,
				   an address alone if it is only that */
};

/* A longer file is neither read nor written. */
#define BLOCKS_MAX_BYTES (1024 * 1024)

/* For how long an expired block still keeps a session from bringing back an entry
 * that it removed: as long as a tombstone is kept. */
#define BLOCK_MEMORY_SECS (24 * 3600)

/* The file as a handle has read it. */
struct blocks {
	struct stat read_as;	/* all zero if there was no file */
	struct block *list;
	size_t count;
	unsigned int version;	/* differs after each read */
	bool hidden;		/* this process may not search state_dir */
	char trouble[FILES_PATH_BYTES + 64]; /* why the last call returned -1,
				   for the administrator; "" if it did not */
};

/*
 * Read the file of AM if it has changed.  Return 0, or -1 with the reason in
 * AM->blocks->trouble: until the file can be read, no login is granted.
 */
int blocks_renew(const struct authmap *am);

/* Store the message FORMAT in BLOCKS->trouble, and return -1. */
int blocks_fail(struct blocks *blocks, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Decode LINE, LEN bytes without a newline, into BLOCK.  LINE is cut up, and
 * BLOCK->what points into it.  Return false if it is not in the format. */
bool block_decode(char *line, size_t len, struct block *block);

/* Free what BLOCKS holds. */
void blocks_clear(struct blocks *blocks);

/* Return whether A and B are of the same user or network. */
bool block_same(const struct block *a, const struct block *b);

/* Return the block of LIST, which has COUNT, of the same user or network as BLOCK,
 * or NULL. */
const struct block *block_find(const struct block *list, size_t count,
    const struct block *block);

/*
 * Return whether A replaces B, a block of the same user or network.  The later SINCE
 * wins, because a new block has a later SINCE than any before.  If they are equal,
 * the sooner UNTIL wins, where 0 is the latest, because unblocking only makes UNTIL
 * sooner.  So hosts that receive the same lines in any order keep the same one.
 */
bool block_wins(const struct block *a, const struct block *b);

/* Return whether BLOCK has expired at NOW. */
bool block_expired(const struct block *block, time_t now);

/* Return whether KEY, a key of the map, or USER, as in a record, is blocked at NOW
 * according to the last blocks_renew(). */
bool blocked(const struct authmap *am, const char *key, const char *user,
    time_t now);

/* Return a time, which is NOW or earlier: a block that ended after it still refuses
 * CHANGE.  REVIVED means that CHANGE would bring back an entry that is not valid. */
time_t blocks_since(const struct change *change, bool revived, time_t now);

/*
 * Resolve CHANGE as change_resolve() does, but return EFFECT_BLOCKED if it would
 * grant an excluded key, or a blocked key or user.  RESULT lasts no longer than
 * config_longest(), whatever CHANGE and OLD say.
 *
 * A change that is not a login, but would grant, is also refused if a block was in
 * force within the last BLOCK_MEMORY_SECS.  For an entry that is restored or comes
 * from another host, the block must have been in force at its LAST: a block that
 * ended before that had removed the entry, and a later login granted it again.  A
 * retried login is refused if a block was in force in the second of its LAST, or
 * since.
 */
enum change_effect blocks_resolve(const struct authmap *am,
    const struct change *change, const struct record *old, time_t now,
    struct record *result);

#endif
