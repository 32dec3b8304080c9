/* SPDX-License-Identifier: ISC */
/* The paths of all files, which follow from the configuration. */
#ifndef BASE_FILES_H
#define BASE_FILES_H

#include "base/config.h"

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

/* Fill FILES from the settings `map` and `state_dir`. */
void files_name(struct files *files, const struct config *config);

#endif
