/*
 * The saved state: the map as text in state_dir, so that a reboot or a lost
 * map loses a minute at the most.  Its lines are those of change.h.
 */
#ifndef STORE_SAVED_H
#define STORE_SAVED_H

#include "store/change.h"

/* Of the saved state, which only the sweeper writes and restores. */
#define STATE_MODE 0640

/* Opens the saved state for reading; NULL with errno. */
FILE *state_open(const struct authmap *am);

/*
 * Saving: begin, one call for each entry, end.  state_save_begin() returns
 * NULL with errno; state_save_end() closes OUT and returns 0, or -1 with
 * errno, and then the old state stands.
 */
FILE *state_save_begin(const struct authmap *am);
void state_save_entry(FILE *out, const char *key, const struct record *record);
int state_save_end(const struct authmap *am, FILE *out);

/*
 * Note in the saved state's time of change that it is still what the map is.
 * Returns false if that cannot be noted: it is to be saved again.
 */
bool state_still_saved(const struct authmap *am);

#endif
