/* The map's file: the next one begins as a copy of the published one, of all that
 * is its. */
#ifndef COPY_H
#define COPY_H

#include "store/map.h"

/*
 * Copies the published map file to PATH, in place of whatever was there, with
 * map_mode.  MAP_LATE, it is not whole: the time until END was over.
 */
enum map_status map_copy(const struct authmap *am, const char *path,
    deadline end);

/*
 * Is the map file FD, of which fstat(2) says ST, as long as its header says?
 * gdbm opens one that was cut short, and would store into the hole: MAP_BROKEN.
 */
enum map_status map_check_length(int fd, const struct stat *st);

/*
 * Was the map planted?  Who publishes one lets the whole group read it, if
 * map_mode says so; this one is shut to us.
 */
bool map_is_anothers(const struct authmap *am);

#endif
