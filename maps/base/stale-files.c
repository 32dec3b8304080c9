/* SPDX-License-Identifier: ISC */
/* Removing what nobody needs any more: temporary files that killed processes have
 * left, and all but the last files that were moved aside. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/safefile.h"

#define LOOK_MAX 1000		/* names of a folder that are read */
#define STALE_SECS 60
#define KEEP_ASIDE 3
#define TEMPORARY_CHARS (sizeof TEMPORARY_MARK - 1 + 8)

typedef void each_name(int folder, const char *name, void *arg);

/* Call EACH, with ARG, for each name whose path begins with START.  Only the first
 * names of the folder are read, because other users may have filled it. */
static void
look_at(const char *start, each_name *each, void *arg)
{
	char path[FILES_PATH_BYTES];
	struct dirent *entry;
	char *name;
	DIR *folder;
	int fd;

	(void)strlcpy(path, start, sizeof path);
	name = strrchr(path, '/');
	*name++ = '\0';
	folder = opendir(path);
	if (folder == NULL)
		return;
	fd = dirfd(folder);
	for (int i = 0; fd != -1 && i < LOOK_MAX &&
	    (entry = readdir(folder)) != NULL; i++)
		if (strncmp(entry->d_name, name, strlen(name)) == 0)
			each(fd, entry->d_name, arg);
	(void)closedir(folder);
}

/* ----- temporary files ----------------------------------------------------- */

/* Return whether NAME ends as the names of make_empty() do. */
static bool
is_temporary(const char *name)
{
	size_t len = strlen(name);
	const char *end = name + len - TEMPORARY_CHARS;

	return len > TEMPORARY_CHARS &&
	    strncmp(end, TEMPORARY_MARK, sizeof TEMPORARY_MARK - 1) == 0 &&
	    strspn(end + sizeof TEMPORARY_MARK - 1, "0123456789abcdef") == 8;
}

/* Remove NAME from FOLDER if it is temporary and stale, also if it is an empty
 * folder.  *ARG is the present time. */
static void
remove_if_stale(int folder, const char *name, void *arg)
{
	time_t now = *(const time_t *)arg;
	struct stat st;

	if (!is_temporary(name) ||
	    fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    (st.st_mtim.tv_sec >= now - STALE_SECS &&
	    st.st_mtim.tv_sec <= now + STALE_SECS))
		return;
	(void)unlinkat(folder, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
}

void
file_remove_stale(const struct authmap *am)
{
	char start[FILES_PATH_BYTES];
	time_t now = am->clock(NULL);

	(void)strlcpy(start, am->files.stem, sizeof start);
	(void)strlcat(start, ".", sizeof start);
	look_at(start, remove_if_stale, &now);
	look_at(am->files.blocks_lock, remove_if_stale, &now);
}

/* ----- files that were moved aside ----------------------------------------- */

struct latest {
	char name[KEEP_ASIDE][NAME_MAX + 1];
};

/* Add NAME to the LATEST in ARG, and remove the oldest one from FOLDER if there are
 * too many.  The names end in ten digits, so they sort by age. */
static void
keep_latest(int folder, const char *name, void *arg)
{
	struct latest *latest = arg;
	size_t oldest = 0;
	const char *drop = name;

	for (size_t i = 1; i < KEEP_ASIDE; i++)
		if (strcmp(latest->name[i], latest->name[oldest]) < 0)
			oldest = i;
	if (strcmp(name, latest->name[oldest]) > 0)
		drop = latest->name[oldest];
	if (drop[0] != '\0' && unlinkat(folder, drop, 0) == -1)
		(void)unlinkat(folder, drop, AT_REMOVEDIR);
	if (drop != name)
		(void)strlcpy(latest->name[oldest], name, NAME_MAX + 1);
}

void
file_keep_last_aside(const char *path)
{
	struct latest latest = { .name = { "" } };
	char start[FILES_PATH_BYTES];

	(void)strlcpy(start, path, sizeof start);
	(void)strlcat(start, ASIDE_MARK, sizeof start);
	look_at(start, keep_latest, &latest);
}
