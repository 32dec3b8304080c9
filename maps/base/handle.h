/* SPDX-License-Identifier: ISC */
/* The handle of the library. */
#ifndef BASE_HANDLE_H
#define BASE_HANDLE_H

#include <sys/stat.h>

#include "base/config.h"
#include "base/log.h"

/* A folder and a name, each of which config.c bounds. */
#define FILES_PATH_BYTES (2 * CONFIG_PATH_BYTES)

/* The paths of all files; authmap-map(5) describes the files. */
struct files {
	char folder[FILES_PATH_BYTES];
	char map[FILES_PATH_BYTES];
	char lock[FILES_PATH_BYTES];
	char next[FILES_PATH_BYTES];	/* the next map, while it is made */
	char stem[FILES_PATH_BYTES];	/* of the names beside the map */
	char feed[FILES_PATH_BYTES];	/* changes, for other hosts */
	char cluster[FILES_PATH_BYTES];	/* the state of authmap-cluster */
	char failures[FILES_PATH_BYTES];	/* its size is their number */
	char beat[FILES_PATH_BYTES];	/* touched by each sweep */
	char blocks[FILES_PATH_BYTES];	/* in state_dir, as all that follow */
	char blocking[FILES_PATH_BYTES];	/* the next block list */
	char blocks_lock[FILES_PATH_BYTES];
	char saved[FILES_PATH_BYTES];
	char saving[FILES_PATH_BYTES];	/* the next saved state */
};

struct authmap {
	struct config config;
	struct log log;
	struct files files;
	struct blocks *blocks;		/* as last read; owned by the handle */
	struct stat read_as;		/* the configuration file, when read */
	bool busy;			/* see authmap_is_busy() */
	time_t (*clock)(time_t *);	/* time(2), or the clock of a test */
};

/* The writer publishes 64-bit file offsets, and times go beyond the year 2038. */
_Static_assert(sizeof(off_t) == 8 && sizeof(time_t) == 8, "authmap needs 64-bit "
    "file offsets and times, as 64-bit systems and armhf since Debian 13 have");

/* Fill FILES from the settings `map` and `state_dir`. */
void files_name(struct files *files, const struct config *config);

#endif
