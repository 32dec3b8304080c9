/*
 * relay.changes: what the writers change while a sweep copies the map without
 * holding their lock.  It is there only then; the sweeper stores it in its
 * copy before it publishes that.  Who cannot write it removes it, and the
 * sweeper, missing it, throws its copy away.
 */
#ifndef CHANGES_H
#define CHANGES_H

#include "store/change.h"

/* Writers note nothing more in a file that is longer; so none of ours ends
 * beyond the second. */
#define CHANGES_MAX (8 * 1024 * 1024)
#define CHANGES_END (CHANGES_MAX + CHANGE_SIZE)

/* All with the writers' lock held. */

/* Begins a new one for a sweep; NULL with errno. */
FILE *changes_begin(const struct authmap *am);

/* Is IN still the one that the writers write? */
bool changes_complete(const struct authmap *am, FILE *in);

void changes_drop(const struct authmap *am);

/* A descriptor for changes_note(), or -1: no sweep goes on. */
int changes_open(const struct authmap *am);

/*
 * Notes, before it is done, that KEY will have RECORD; or that it keeps it,
 * since a writer that was killed may have noted what it did not do.
 */
void changes_note(const struct authmap *am, int fd, const char *key,
    const struct record *record);

#endif
