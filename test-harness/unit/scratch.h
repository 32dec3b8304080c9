/* SPDX-License-Identifier: ISC */
/* A scratch folder and a configuration in it, for tests of files. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/handle.h"

static char scratch[64];
static char scratch_log[65536];	/* every line that was logged */
static time_t scratch_now = 1700000000;

static inline time_t
scratch_clock(time_t *t)
{
	if (t != NULL)
		*t = scratch_now;
	return scratch_now;
}

static inline void
scratch_line(void *arg, int priority, const char *line)
{
	(void)arg;
	(void)priority;
	(void)strlcat(scratch_log, line, sizeof scratch_log);
	(void)strlcat(scratch_log, "\n", sizeof scratch_log);
}

static inline void
scratch_remove(void)
{
	char command[128];

	(void)snprintf(command, sizeof command, "rm -rf %s", scratch);
	if (system(command) != 0)
		warnx("%s is left behind", scratch);
}

/* Write TEXT to NAME in the scratch folder, and return its path. */
static inline const char *
scratch_file(const char *name, const char *text)
{
	static char path[256];
	FILE *out;

	(void)snprintf(path, sizeof path, "%s/%s", scratch, name);
	out = fopen(path, "w");
	if (out == NULL || fputs(text, out) == EOF || fclose(out) == EOF)
		err(1, "%s", path);
	return path;
}

/*
 * Return a handle whose map and state are in a new scratch folder, with the lines
 * MORE in its configuration.
 */
static inline struct authmap *
scratch_authmap(const char *more)
{
	char text[1024], folder[128];
	struct authmap *am;
	int errors;

	if (scratch[0] == '\0') {
		(void)strlcpy(scratch, access("/dev/shm", W_OK) == 0 ?
		    "/dev/shm/authmap.XXXXXX" : "/tmp/authmap.XXXXXX",
		    sizeof scratch);
		if (mkdtemp(scratch) == NULL)
			err(1, "%s", scratch);
		(void)atexit(scratch_remove);
		(void)snprintf(folder, sizeof folder, "%s/state", scratch);
		(void)mkdir(folder, 0700);
	}
	(void)snprintf(text, sizeof text, "map = %s/relay.gdbm\n"
	    "state_dir = %s/state\n%s\n%s\n", scratch, scratch,
	    strstr(more, "lock_timeout") == NULL ? "lock_timeout = 10s" : "",
	    more);
	am = authmap_new(scratch_file("conf", text), scratch_line, NULL,
	    &errors);
	if (am == NULL || errors != 0)
		errx(1, "no configuration: %s", scratch_log);
	am->clock = scratch_clock;
	return am;
}

#endif
