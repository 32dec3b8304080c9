/* SPDX-License-Identifier: ISC */
/*
 * The saved state: the map as text in state_dir, so that a reboot or a lost
 * map loses a minute at the most.  Its lines are those of change.h.
 */
#ifndef STORE_SAVED_H
#define STORE_SAVED_H

#include "store/change.h"

/* Of the saved state, which only the sweeper writes and restores. */
#define SAVED_MODE 0640

/* Opens the saved state for reading; NULL with errno. */
FILE *saved_open(const struct authmap *am);

/*
 * Saving: begin, one call for each entry, end.  saved_begin() returns
 * NULL with errno; saved_end() closes OUT and returns 0, or -1 with
 * errno, and then the old state stands.
 */
FILE *saved_begin(const struct authmap *am);
void saved_add(FILE *out, const char *key, const struct record *record);
int saved_end(const struct authmap *am, FILE *out);

/*
 * Note in the saved state's time of change that it is still what the map is.
 * Returns false if that cannot be noted: it is to be saved again.
 */
bool saved_confirm(const struct authmap *am);

#endif
