/*
 * relay.users: under whose name each key of the map stands, so that who holds
 * the writers' lock can count the addresses of one user without walking the
 * map.
 *
 * It is only a help, and may name too much: what it says of a key is believed
 * when the map says so, too.  It is changed before the map is published that it
 * is about; until then it counts as none, lest it tell of a map that never was.
 * Who cannot change it removes it, and it is made anew from the map.
 *
 * The file: a head; a table of slots, one for all users of the same hash; then
 * the lines, each with the number of the one before it in its slot.  All in
 * this machine's byte order, as the map is.
 */
#ifndef USERS_H
#define USERS_H

#include <stdint.h>

#include "base/safefile.h"

struct users_head {
	uint64_t magic;
	uint32_t total;		/* lines that are in a slot */
	uint32_t next;		/* lines that were ever added */
	int64_t logged;		/* when a limit was last logged */
};

struct users_slot {
	uint32_t last;		/* the line added last, from 1; 0: none */
	uint32_t count;
};

struct users {
	int fd;			/* -1: there is none */
	struct users_head head;
	struct users_slot *table;	/* while it is being made; else NULL */
};

/*
 * Opens the file, with the writers' lock held; to be closed with users_close().
 * False: there is none, or none that is whole: what is nothing of ours is set
 * aside, which is logged.
 */
bool users_open(const struct authmap *am, struct users *users);

/*
 * Begins a new one as PATH, in place of whatever was there.  It counts as none
 * before users_end(), which returns false with errno if it could not be
 * written.  Closed with users_close() in either case.
 */
bool users_begin(const struct authmap *am, struct users *users,
    const char *path);
bool users_end(struct users *users);

void users_close(struct users *users);

/*
 * With the lock held: puts what users_end() has finished as PATH in the place
 * of the present one, and takes over when that last logged.  Returns 0, or -1
 * with errno: the present one stays.
 */
int users_publish(const struct authmap *am, struct users *users,
    const char *path);

/* Does it tell of the map that is published?  Now it does, after a change. */
bool users_settled(const struct users *users);
bool users_settle(struct users *users);

/* How many lines the file has, without the lock; -1: there is none. */
long long users_total(const struct authmap *am);

/*
 * All below return false with errno: the file is to be made anew.  Those that
 * change it want users_settle() afterwards.
 */

/* Adds a line: KEY is USER's, as records have it. */
bool users_add(struct users *users, const char *user, const char *key);

/* How many addresses USER has at the most. */
bool users_most(const struct users *users, const char *user,
    unsigned int *most);

/* Have both names the same slot? */
bool users_share(const char *user, const char *other);

enum users_verdict { USERS_KEEP, USERS_DROP, USERS_STOP };

/*
 * Calls EACH for the keys in USER's slot, the one added last first, some of
 * other users between them; NUMBER is larger for one that was added later.
 * USERS_DROP takes it out, USERS_STOP leaves the rest alone.
 */
bool users_each(struct users *users, const char *user,
    enum users_verdict (*each)(const char *key, uint32_t number, void *arg),
    void *arg);

/* Takes KEY out of USER's, if it is there, and not too far back. */
bool users_drop(struct users *users, const char *user, const char *key);

/* Remembers that a limit was logged at NOW. */
bool users_logged(struct users *users, time_t now);

#endif
