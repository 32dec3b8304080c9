/*
 * The saved state: the map as text in state_dir, so that a reboot or a lost
 * map loses a minute at the most.  Its lines are those of change.h.
 */
#ifndef STATE_H
#define STATE_H

#include "store/limit.h"

/* Of the saved state, the sweeper's to write; who begins a map anew reads it. */
#define STATE_MODE 0640

/*
 * Puts what is still valid of the saved state, as far as LIMIT lets it in, into
 * MAP, which nobody reads yet, until END.  Counts in *RESTORED.  Returns MAP_OK
 * when all of it is in, or nothing was ever saved; MAP_LATE when it is not,
 * because the time was over or it cannot be read; another status when MAP could
 * not be written.
 */
enum map_status state_restore(const struct authmap *am, struct limit *limit,
    struct map *map, deadline end, unsigned int *restored);

/* Opens the saved state for reading; NULL with errno. */
FILE *state_open(const struct authmap *am);

/*
 * Asks for a restore by the sweeper (false: it cannot be asked for, which was
 * logged), asks whether one is due, is done.
 */
bool state_ask_restore(const struct authmap *am);
bool state_restore_due(const struct authmap *am);
void state_restored(const struct authmap *am);

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
