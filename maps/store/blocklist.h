/* SPDX-License-Identifier: ISC */
/*
 * relay.blocks in state_dir: users, addresses and networks that an
 * administrator has shut out.  block.c and block-edit.c know how it is written:
 *
 *	UNTIL SINCE user|network WHAT
 *
 * Whoever grants reads it, and every reader who may; only root and the daemons'
 * account write it.
 */
#ifndef STORE_BLOCKLIST_H
#define STORE_BLOCKLIST_H

#include "store/change.h"

struct block {
	bool user;		/* else a network */
	time_t since;
	time_t until;		/* over from this second on; 0: never */
	struct network network;
	char *what;		/* a user, encoded as in a record; or a network,
				   an address alone if it is only that */
};

/* A longer file is not read, nor written. */
#define BLOCKS_MAX_BYTES (1024 * 1024)

/*
 * How long a block that is over still keeps a session from bringing back what
 * was taken away or refused: as long as a removal is remembered.
 */
#define BLOCK_MEMORY_SECS (24 * 3600)

/* What a handle remembers of the file. */
struct blocks {
	struct stat read_as;	/* all zero: it was not there */
	struct block *list;
	size_t count;
	unsigned int version;	/* another each time it was read */
	bool hidden;		/* we may not even see state_dir */
	char trouble[FILES_PATH_BYTES + 64]; /* why it cannot be read, or "" */
};

/*
 * Looks whether the file has changed, and reads it if it has.  Returns NULL, or
 * a line that says why it cannot be read: until that is mended, nobody is
 * granted anything.
 */
const char *blocks_renew(const struct authmap *am);

/*
 * Reads LINE, LEN bytes without a newline, strictly, and cuts it up: BLOCK->what
 * is a piece of it.
 */
bool block_decode(char *line, size_t len, struct block *block);

/* Gives back what BLOCKS holds. */
void blocks_clear(struct blocks *blocks);

/* Are both about the same user or network? */
bool block_same(const struct block *a, const struct block *b);

/* The one of LIST, of COUNT, that is about the same as BLOCK; NULL: none is. */
const struct block *block_find(const struct block *list, size_t count,
    const struct block *block);

/*
 * Of two lines about the same, does A count, and not B?  The later SINCE does:
 * who blocks anew gives one later than any before.  Of the same SINCE the
 * sooner end does, 0 being the latest: who lifts a block only lets it end
 * sooner.  So hosts that hear of the same lines keep the same one, in whatever
 * order they hear of them.
 */
bool block_wins(const struct block *a, const struct block *b);

/* Is it over at NOW? */
bool block_over(const struct block *block, time_t now);

/*
 * Is KEY, of the map, or USER, as in a record, blocked at NOW?  As of the last
 * blocks_renew().
 */
bool blocked(const struct authmap *am, const char *key, const char *user,
    time_t now);

/*
 * Resolve CHANGE as change_resolve() does, but return CHANGE_BLOCKED if it lets in
 * a key that is excluded, or a key or a user that is blocked.  RESULT lasts no
 * longer than config_longest(), whoever wrote what it is made of.
 *
 * What lets in without a login is also refused if a block held within the last
 * BLOCK_MEMORY_SECS.  For an entry that is restored, or stands in another host's
 * map, a block is asked that held at its LAST instead: one that was lifted
 * before took it away, and only a login brought it back.  A login that comes
 * late, with a LAST before NOW, is refused if a block held at LAST or since.
 */
enum change_effect blocks_resolve(const struct authmap *am,
    const struct change *change, const struct record *old, time_t now,
    struct record *result);

#endif
