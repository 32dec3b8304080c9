/* SPDX-License-Identifier: ISC */
/*
 * The record, which is the value of an entry in the map, see authmap-map(5):
 *
 *	EXPIRES LAST SERVICE USER
 */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "authmap.h"

/* If LAST is further than this ahead of the clock, the clock was set back. */
#define RECORD_SLACK_SECS 60

/* The bytes of the two times and the space between them. */
#define RECORD_TIMES_BYTES 21

/* A user encoded by vis(3), with up to four characters for each byte, and a NUL. */
#define RECORD_USER_SIZE (4 * (AUTHMAP_USER_SIZE - 1) + 1)

/* The whole value: two times, the service, the user, three spaces. */
#define RECORD_SIZE (10 + 10 + AUTHMAP_SERVICE_SIZE + RECORD_USER_SIZE + 3)

struct record {
	time_t expires;		/* may relay before this second; 0: tombstone */
	time_t last;
	char service[AUTHMAP_SERVICE_SIZE];
	char user[RECORD_USER_SIZE];	/* encoded; "-" if unknown */
};

/*
 * Fill RECORD for a login at LAST that may relay for WINDOW seconds.  USER and
 * SERVICE may be NULL or empty.  A name that is too long is cut; a character that a
 * service may not have becomes "_".
 */
void record_fill(struct record *record, time_t last, unsigned int window,
    const char *service, const char *user);

/* Write RECORD into TEXT and return its length. */
size_t record_encode(const struct record *record, char text[RECORD_SIZE]);

/* Parse the LEN bytes TEXT into RECORD.  Return false if they are no valid
 * record. */
bool record_decode(const char *text, size_t len, struct record *record);

/* Return whether an address with RECORD may relay at NOW. */
bool record_valid(const struct record *record, time_t now);

/* Make RECORD expire LONGEST seconds after its LAST at the latest. */
void record_cut(struct record *record, unsigned int longest);

/* Return whether RECORD is a tombstone. */
bool record_removed(const struct record *record);

/* Return whether A and B have the same service and user. */
bool record_same_name(const struct record *a, const struct record *b);

/*
 * Return whether a sweep at NOW keeps RECORD.  A tombstone is kept for a day after
 * the last refresh that it rejected.  If the times of RECORD are in the future,
 * because the clock was set back, set them to begin at NOW.
 */
bool record_sweep(struct record *record, time_t now);

/* Fill ENTRY from KEY and RECORD, with the user decoded. */
void record_to_entry(const struct record *record, const char *key,
    struct authmap_entry *entry);

/* Return whether the LEN bytes TEXT begin with ten digits and a space, with the time
 * in *T. */
bool record_decode_time(const char *text, size_t len, time_t *t);

/*
 * Return whether record_vis_user() writes the LEN bytes TEXT for some user, with the
 * same text as a string in USER.
 */
bool record_decode_user(const char *text, size_t len,
    char user[RECORD_USER_SIZE]);

/*
 * Encode USER into one word: "-" if USER is NULL or "", or if there is no memory.
 */
void record_vis_user(const char *user, char out[RECORD_USER_SIZE]);

/*
 * Encode TEXT, a name as an administrator gives it, into USER.  If record_vis_user()
 * writes TEXT for some user, it means that user.  Any other text is the name itself,
 * and is cut if it is too long.  Return false if TEXT is empty, or if there is no
 * memory.
 */
bool record_user_given(const char *text, char user[RECORD_USER_SIZE]);

/* Decode USER, of a record, into PLAIN: "" if it is unknown. */
void record_plain_user(const char *user, char plain[AUTHMAP_USER_SIZE]);

#endif
