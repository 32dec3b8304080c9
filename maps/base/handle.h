/* SPDX-License-Identifier: ISC */
/* The handle of the library; lib/authmap.c makes and frees it. */
#ifndef BASE_HANDLE_H
#define BASE_HANDLE_H

#include <sys/stat.h>

#include "base/config.h"
#include "base/files.h"
#include "base/log.h"

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

#endif
