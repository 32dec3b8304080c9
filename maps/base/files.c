/* SPDX-License-Identifier: ISC */
#include "base/files.h"

#include <string.h>

/* Write STEM and END to OUT.  They fit: settings.c leaves room for END. */
static void
file_name(char out[FILES_PATH_BYTES], const char *stem, const char *end)
{
	(void)strlcpy(out, stem, FILES_PATH_BYTES);
	(void)strlcat(out, end, FILES_PATH_BYTES);
}

/* /run/authmap/relay.gdbm gives relay.lock and so on in the same folder. */
void
files_name(struct files *files, const struct config *config)
{
	char stem[FILES_PATH_BYTES], base[CONFIG_PATH_BYTES], *dot;

	(void)strlcpy(files->map, config->map, sizeof files->map);
	(void)strlcpy(files->folder, config->map, sizeof files->folder);
	*strrchr(files->folder, '/') = '\0';
	(void)strlcpy(stem, config->map, sizeof stem);
	dot = strrchr(strrchr(stem, '/'), '.');
	if (dot != NULL && dot[-1] != '/')
		*dot = '\0';
	(void)strlcpy(base, strrchr(stem, '/') + 1, sizeof base);
	(void)strlcpy(files->stem, stem, sizeof files->stem);
	file_name(files->next, files->map, ".new");
	file_name(files->lock, stem, ".lock");
	file_name(files->feed, stem, ".feed");
	file_name(files->cluster, stem, ".cluster");
	file_name(files->failures, stem, ".failures");
	file_name(files->beat, stem, ".beat");
	file_name(stem, config->state_dir, "/");
	(void)strlcat(stem, base, sizeof stem);
	file_name(files->saved, stem, ".saved");
	file_name(files->saving, stem, ".saving");
	file_name(files->blocks, stem, ".blocks");
	file_name(files->blocking, stem, ".blocking");
	file_name(files->blocks_lock, files->blocks, ".lock");
}
