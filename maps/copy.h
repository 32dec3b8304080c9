/* The next map begins as a copy of the published one. */
#ifndef COPY_H
#define COPY_H

#include "map.h"

/*
 * Copies the published map file to PATH, in place of whatever was there, with
 * map_mode.  MAP_LATE, it is not whole: the time until END was over.
 */
enum map_status map_copy(const struct authmap *am, const char *path,
    deadline end);

#endif
