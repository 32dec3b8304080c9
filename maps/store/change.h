/* SPDX-License-Identifier: ISC */
/*
 * One change to the map as a line of text; what relay.feed and the saved state
 * consist of, and the logins that authmap 0.1 has left waiting:
 *
 *	OP KEY EXPIRES LAST SERVICE USER
 */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include <stdio.h>

#include "base/clock.h"
#include "base/safefile.h"
#include "store/map.h"
#include "base/record.h"

enum change_op {
	CHANGE_LOGIN = '+',	/* somebody logged in */
	CHANGE_REFRESH = '=',	/* a session goes on */
	CHANGE_RESTORE = '*',	/* it stood in the map when that was saved; in
				   the file it is a refresh */
	CHANGE_REMOVE = '-',	/* an administrator takes it out; in no file */
	CHANGE_PEER = '~',	/* so it stands on another host; in no file */
	CHANGE_PEER_LOGIN = '>',	/* so it does after a login there */
	/* It was removed there at LAST, though sessions went on until EXPIRES. */
	CHANGE_PEER_REMOVE = '<'
};

struct change {
	enum change_op op;
	char key[AUTHMAP_ADDRESS_SIZE];
	struct record record;
};

#define CHANGE_SIZE (AUTHMAP_ADDRESS_SIZE + RECORD_SIZE + 4)

/*
 * Writes CHANGE into TEXT and returns its length.  A newline stands on either
 * side, so that what a killed writer left half-written spoils no other line.
 */
size_t change_encode(const struct change *change, char text[CHANGE_SIZE]);

/*
 * The operations that a file may have: LOGIN_OPS in relay.feed and in the files
 * of logins that authmap 0.1 has left, SAVED_OPS in the saved state, PEER_OPS in
 * what comes from other hosts.
 */
#define LOGIN_OPS "+="
#define SAVED_OPS "="
#define PEER_OPS "~><"

/* Reads a line without its newline, strictly; its OP must be one of OPS. */
bool change_decode(const char *line, size_t len, const char *ops,
    struct change *change);

/*
 * Reads the next change from IN, with one of OPS.  Returns false at the end.
 * Lines that are no change are counted in *BAD (may be NULL); a last line
 * without a newline is not finished yet, and is left alone.
 */
bool change_next(FILE *in, const char *ops, struct change *change,
    unsigned int *bad);

/*
 * The same, but false, too, when END is over and none was found, or when SIZE
 * bytes of IN are read (CHANGE_NO_END: all of them): others may write it faster
 * than we read.
 */
bool change_next_until(FILE *in, off_t size, const char *ops,
    struct change *change, unsigned int *bad, deadline end);
#define CHANGE_NO_END ((off_t)-1)

/* What a change means for the entry it is about. */
enum change_effect {
	CHANGE_NOTHING,		/* the map knows as much, or better */
	CHANGE_EARLY,		/* a refresh, and the map is not restored yet */
	CHANGE_BLOCKED,		/* is not done: it is blocked or excluded, see
				   blocklist.h */
	CHANGE_FULL,		/* nor this: a limit keeps it out, see writer.h */
	CHANGE_TIMES,		/* only the two times change, the end is no
				   sooner, and the entry had not expired */
	CHANGE_STORE		/* any other change */
};

/*
 * Compare CHANGE with the record that the map has now (OLD, NULL: none), and
 * write what it should have into RESULT.  The later end wins; a removed entry
 * comes back by a login only, and by none that was before the removal and comes
 * late.  Of two hosts' entries the one of the later LAST
 * is taken, of a removal and a login of the same second the removal: therefore
 * each removal is made no older than what it removes, and a login that brings
 * something back newer.
 */
enum change_effect change_resolve(const struct change *change,
    const struct record *old, time_t now, struct record *result);

/*
 * What is told to whom CHANGE is from, a login or a refresh, that met OLD
 * (NULL: none) and had EFFECT.
 */
enum authmap_result change_result(const struct change *change,
    enum change_effect effect, const struct record *old, time_t now);

#endif
