/* SPDX-License-Identifier: ISC */
#include "base/handle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/config-file.h"
#include "base/safefile.h"
#include "store/blocklist.h"

struct authmap *
authmap_new(const char *file, authmap_log_fn *log, void *arg, int *errors)
{
	struct authmap *am = calloc(1, sizeof *am);
	int wrong;

	if (am == NULL)
		return NULL;
	am->clock = time;
	am->blocks = calloc(1, sizeof *am->blocks);
	authmap_set_log(am, log, arg);
	/* A change made while the file is read is noticed later. */
	if (stat(config_path(file), &am->read_as) == -1)
		memset(&am->read_as, 0, sizeof am->read_as);
	wrong = config_read(&am->config, file, &am->log);
	if (wrong < 0 || am->blocks == NULL) {
		authmap_free(am);
		return NULL;
	}
	if (errors != NULL)
		*errors = wrong;
	files_name(&am->files, &am->config);
	return am;
}

void
authmap_free(struct authmap *am)
{
	if (am == NULL)
		return;
	config_free(&am->config);
	if (am->blocks != NULL)
		blocks_clear(am->blocks);
	free(am->blocks);
	free(am);
}

void
authmap_set_log(struct authmap *am, authmap_log_fn *log, void *arg)
{
	am->log.line = log;
	am->log.arg = arg;
}

int
authmap_config_changed(const struct authmap *am)
{
	struct stat now;

	/* Errors may come from a file that was read while it was being saved. */
	if (am->config.unsafe)
		return 1;
	if (am->config.users_file[0] != '\0' &&
	    (stat(am->config.users_file, &now) == -1 ||
	    !stat_same(&now, &am->config.users_read_as)))
		return 1;
	if (stat(am->config.file, &now) == -1)
		return errno == ENOENT && am->read_as.st_ino != 0;
	return !stat_same(&now, &am->read_as);
}

unsigned int
authmap_window(const struct authmap *am)
{
	return am->config.window;
}

/* A tombstone is kept for a day after the last refresh. */
#define REFRESH_MAX_SECS 3600

unsigned int
authmap_refresh_interval(const struct authmap *am, unsigned int window)
{
	unsigned int third = config_window(&am->config, window) / 3;

	if (third == 0)
		return 1;
	return third < REFRESH_MAX_SECS ? third : REFRESH_MAX_SECS;
}
