/* SPDX-License-Identifier: ISC */
/*
 * The saved state: the map as text in state_dir, so that after a reboot or the loss
 * of the map only the last minute is lost.  Its lines are in the format of change.h.
 */
#ifndef STORE_SAVED_H
#define STORE_SAVED_H

#include "store/change.h"

/* The mode of the saved state: only the sweeper writes and restores it. */
#define SAVED_MODE 0640

/* Open the saved state for reading.  Return NULL with errno on an error. */
FILE *saved_open(const struct authmap *am);

/*
 * Save the map: call saved_begin() first, then write each entry, then saved_end().
 * saved_begin() returns NULL with errno on an error.  saved_end() closes OUT and
 * returns 0, or -1 with errno; then the old state is unchanged.
 */
FILE *saved_begin(const struct authmap *am);
void saved_add(FILE *out, const char *key, const struct record *record);
int saved_end(const struct authmap *am, FILE *out);

/* Set the modification time of the saved state to now, because the map has not
 * changed since.  Return 0, or -1 with errno; then the map must be saved again. */
int saved_confirm(const struct authmap *am);

#endif
