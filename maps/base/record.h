/* SPDX-License-Identifier: ISC */
/*
 * The value of a map entry, see authmap-map(5):
 *
 *	EXPIRES LAST SERVICE USER
 *
 * The only file that knows how it is written and when it is valid.
 */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "authmap.h"

/* How far ahead of the clock LAST may be before the clock was set back. */
#define RECORD_SLACK_SECS 60

/* How many bytes the two times take, with the space between. */
#define RECORD_TIMES_BYTES 21

/* A user encoded by vis(3): four characters for each, and the NUL. */
#define RECORD_USER_SIZE (4 * (AUTHMAP_USER_SIZE - 1) + 1)

/* The whole value: two times, the service, the user, three spaces. */
#define RECORD_SIZE (10 + 10 + AUTHMAP_SERVICE_SIZE + RECORD_USER_SIZE + 3)

struct record {
	time_t expires;		/* may relay before this second; 0 removed */
	time_t last;
	char service[AUTHMAP_SERVICE_SIZE];
	char user[RECORD_USER_SIZE];	/* encoded; "-" nobody knows */
};

/*
 * Fills RECORD for a login at LAST, which may relay for WINDOW seconds.  A
 * name that is too long is cut; a character that a service may not have
 * becomes "_".  USER and SERVICE may be NULL or empty.
 */
void record_fill(struct record *record, time_t last, unsigned int window,
    const char *service, const char *user);

/* Writes RECORD into TEXT and returns its length. */
size_t record_encode(const struct record *record, char text[RECORD_SIZE]);

/* Reads LEN bytes of TEXT, strictly.  False: it is no record. */
bool record_decode(const char *text, size_t len, struct record *record);

/* May an address with this record relay at NOW? */
bool record_valid(const struct record *record, time_t now);

/* Let RECORD expire LONGEST seconds after its LAST at the latest. */
void record_cut(struct record *record, unsigned int longest);

/* An administrator took the address out; see authmap-map(5). */
bool record_removed(const struct record *record);

/* Are both of the same service and user, so that only times differ? */
bool record_same_name(const struct record *a, const struct record *b);

/*
 * What a sweep at NOW makes of RECORD: false, drop it; true, keep it as it
 * is left in RECORD, with its times pulled back when they lie in the future
 * because the clock was set back.  A removed one is kept for a day after the
 * last attempt to bring it back.
 */
bool record_sweep(struct record *record, time_t now);

/* Fills ENTRY for people: the user decoded. */
void record_to_entry(const struct record *record, const char *key,
    struct authmap_entry *entry);

/* Does TEXT, of LEN bytes, begin with ten digits and a space?  Then *T is the
 * time. */
bool record_decode_time(const char *text, size_t len, time_t *t);

/*
 * Is TEXT, of LEN bytes, just what record_vis_user() writes for some user?
 * Then USER is the same as a string.
 */
bool record_decode_user(const char *text, size_t len,
    char user[RECORD_USER_SIZE]);

/*
 * Encodes a USER, NULL or "" if nobody knows, into one word; "-", too, when there
 * is no memory for it.
 */
void record_vis_user(const char *user, char out[RECORD_USER_SIZE]);

/*
 * Encode TEXT, a user's name as an administrator gives it, into USER.  TEXT that
 * is just what record_vis_user() writes for some user is taken for that user;
 * any other text is the name itself, and is cut if it is too long.  Return false
 * if TEXT is empty, or there is no memory.
 */
bool record_user_given(const char *text, char user[RECORD_USER_SIZE]);

/* Decode USER, of a record, into PLAIN: "" if nobody knows it. */
void record_plain_user(const char *user, char plain[AUTHMAP_USER_SIZE]);

#endif
