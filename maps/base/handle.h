/* SPDX-License-Identifier: ISC */
/* What a handle of the library consists of. */
#ifndef BASE_HANDLE_H
#define BASE_HANDLE_H

#include <sys/stat.h>

#include "base/config.h"
#include "base/log.h"

/* A folder and a name, each of which config.c bounds. */
#define FILES_PATH (2 * CONFIG_PATH)

/* Everything stands beside the map; authmap-map(5) says what each is. */
struct files {
	char folder[FILES_PATH];
	char map[FILES_PATH];
	char lock[FILES_PATH];
	char next[FILES_PATH];		/* the next map, while it is made */
	char stem[FILES_PATH];		/* of the names beside the map */
	char feed[FILES_PATH];		/* what changed, for other hosts */
	char cluster[FILES_PATH];	/* how authmap-cluster does */
	char failures[FILES_PATH];		/* as large as there were, see counts.h */
	char beat[FILES_PATH];		/* touched by each sweep */
	char blocks[FILES_PATH];	/* in state_dir, as are all that follow */
	char blocking[FILES_PATH];	/* the next of it */
	char blocks_lock[FILES_PATH];
	char saved[FILES_PATH];
	char saving[FILES_PATH];		/* the next of it */
};

struct authmap {
	struct config config;
	struct log log;
	struct files files;
	struct blocks *blocks;		/* as last read; ours alone */
	struct stat read_as;		/* the configuration file, when read */
	time_t (*clock)(time_t *);	/* time(2); a test may set another */
};

/* Fills FILES from the settings `map` and `state_dir`. */
void files_name(struct files *files, const struct config *config);

#endif
