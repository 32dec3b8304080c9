/* SPDX-License-Identifier: ISC */
/*
 * A change to the map as a line of text.  Such lines are in relay.feed, in the saved
 * state, and in the files of logins that authmap 0.1 has left:
 *
 * 	OP KEY EXPIRES LAST SERVICE USER
 */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include <stdio.h>

#include "base/safefile.h"
#include "store/map.h"
#include "base/record.h"

enum change_op {
	CHANGE_LOGIN = '+',	/* a login */
	CHANGE_REFRESH = '=',	/* a refresh */
	CHANGE_RESTORE = '*',	/* of the saved state; a refresh in a file */
	CHANGE_REMOVE = '-',	/* removal by an administrator; never in a file */
	CHANGE_PEER = '~',	/* an entry of another host; never in a file */
	CHANGE_PEER_LOGIN = '>',	/* the same, after a login there */
	/* It was removed there at LAST, though sessions went on until EXPIRES. */
	CHANGE_PEER_REMOVE = '<'
};

struct change {
	enum change_op op;
	/* Of a login: it took place before, at its LAST, and is recorded only now.
	 * A removal or a block since then counts. */
	bool retried;
	char key[AUTHMAP_ADDRESS_SIZE];
	struct record record;
};

#define CHANGE_SIZE (AUTHMAP_ADDRESS_SIZE + RECORD_SIZE + 4)

/* Write CHANGE into TEXT, and return its length.  There is a newline on either side,
 * so that a line that a killed writer left half-written does not spoil another. */
size_t change_encode(const struct change *change, char text[CHANGE_SIZE]);

/*
 * The operations that are valid in a file: LOGIN_OPS in relay.feed and in the files
 * of logins that authmap 0.1 has left, SAVED_OPS in the saved state, PEER_OPS in
 * what other hosts send.
 */
#define LOGIN_OPS "+="
#define SAVED_OPS "="
#define PEER_OPS "~><"

/* Decode a line without its newline into CHANGE.  A login in a file counts as
 * retried.  Return false if the line is not valid, or if its OP is not in OPS. */
bool change_decode(const char *line, size_t len, const char *ops,
    struct change *change);

/*
 * Read the next change from IN, with an OP of OPS.  Return false at the end.
 * Invalid lines are counted in *BAD (may be NULL).  A last line without a newline is
 * not finished, and is left alone.
 */
bool change_next(FILE *in, const char *ops, struct change *change,
    unsigned int *bad);

/*
 * Read as change_next() does, but also return false when SIZE bytes of IN are read
 * (CHANGE_NO_END: no bound), because other processes may write to it faster than it
 * is read.
 */
bool change_next_until(FILE *in, off_t size, const char *ops,
    struct change *change, unsigned int *bad);
#define CHANGE_NO_END ((off_t)-1)

/* The effect of a change on its entry; see change-resolve.c. */
enum change_effect {
	EFFECT_NOTHING,		/* none: the map has this or a later state */
	EFFECT_EARLY,		/* a refresh or a retried login, and the map is not
				   restored yet */
	EFFECT_BLOCKED,		/* refused: blocked or excluded, see blocklist.h */
	EFFECT_FULL,		/* refused: a limit is reached, see writer.h */
	EFFECT_TIMES,		/* only the two times change: the entry had not
				   expired, and it does not expire sooner now */
	EFFECT_STORE		/* any other change */
};

/*
 * Compare CHANGE with OLD, the record in the map now (NULL: none), and write the new
 * record into RESULT.  The later expiry wins.  A removed entry comes back only by a
 * login, and, if that is retried, only by one after the second of the removal.  Of
 * the entries of two hosts, the one with the later LAST wins; of a removal and a
 * login in the same second, the removal.  So each removal gets a LAST no older than
 * what it removes, and a login that brings an entry back gets a newer one.
 */
enum change_effect change_resolve(const struct change *change,
    const struct record *old, time_t now, struct record *result);

/* Return the result for the caller whose login or refresh CHANGE met OLD (NULL:
 * none) and had EFFECT. */
enum authmap_result change_result(const struct change *change,
    enum change_effect effect, const struct record *old, time_t now);

#endif
