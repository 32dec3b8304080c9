/*
 * The entries of one user, gathered from a map by relay.users, to find the
 * oldest: by LAST, and of the same second the one that was granted first.
 */
#ifndef OWNED_H
#define OWNED_H

#include "store/map.h"
#include "store/user-index.h"

struct owned {
	char user[RECORD_USER_SIZE];	/* "": nothing is gathered */
	bool all;		/* nothing was left out, for want of time */
	size_t count;
	struct owned_entry *entry;
	size_t room;
	deadline end;
	time_t now;
};

/* Begins with nothing; owned_end() gives back what was taken. */
void owned_begin(struct owned *owned, deadline end, time_t now);
void owned_end(struct owned *owned);

/* The map, or what is USERS, is no longer what was gathered. */
void owned_forget(struct owned *owned);

/*
 * Gathers the entries of USER in MAP, unless they are; what USERS says and MAP
 * does not is dropped from USERS.  False with errno: USERS is to be made anew.
 */
bool owned_gather(struct owned *owned, struct users *users, struct map *map,
    const char *user);

/* If USER's are gathered: KEY, NUMBER in relay.users, is one of them now. */
void owned_add(struct owned *owned, const char *user, const char *key,
    time_t last, uint32_t number);

/*
 * Takes out the oldest that is still there in MAP: KEY with RECORD.  False:
 * there is none.
 */
bool owned_oldest(struct owned *owned, struct map *map,
    char key[AUTHMAP_ADDRESS_SIZE], struct record *record);

#endif
