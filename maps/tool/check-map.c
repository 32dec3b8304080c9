/* SPDX-License-Identifier: ISC */
/* check: the map, its folder and the writers' lock. */
#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/vfs.h>
#define TMPFS_TYPE 0x01021994	/* statfs(2) */
#endif

#include "base/clock.h"
#include "base/handle.h"
#include "daemon/folder.h"
#include "store/lock.h"
#include "store/map.h"
#include "sweeper/judge.h"
#include "tool/check.h"
#include "tool/remedy.h"

static void
check_tmpfs(struct check *check, const char *folder)
{
#ifdef __linux__
	struct statfs fs;

	if (statfs(folder, &fs) == 0 && fs.f_type != TMPFS_TYPE)
		check_say(check, FINDING_DOUBTFUL, "folder",
		    "%s is not on a tmpfs: each login waits for the disk", folder);
#else
	(void)check;
	(void)folder;
#endif
}

void
check_folder(struct check *check)
{
	const char *name = check->am->config.group;
	const struct group *gr = getgrnam(name);
	const char *folder = check->am->files.folder;
	unsigned int mode = map_folder_mode(check->am);
	char command[REMEDY_BYTES];
	struct stat st;

	if (gr == NULL)
		check_say(check, FINDING_WRONG, "group",
		    "there is no group %s: %s, or set group = in "
		    "%s", name, remedy_has_systemd() ?
		    "systemd-sysusers" : "make it", check->am->config.file);
	if (stat(folder, &st) == -1) {
		const char *why = strerror(errno);

		check_say(check, FINDING_WRONG, "folder", "%s: %s: %s", folder, why,
		    remedy_folder(&check->am->config, folder, mode, command));
		return;
	}
	if (gr != NULL && st.st_gid != gr->gr_gid)
		check_say(check, FINDING_WRONG, "folder",
		    "%s is not of group %s: chgrp %s "
		    "%s", folder, name, name, folder);
	if ((st.st_mode & 02770) != 02770)
		check_say(check, FINDING_WRONG, "folder",
		    "%s has mode %04o: chmod %04o %s",
		    folder, (unsigned int)(st.st_mode & 07777), mode, folder);
	else if ((st.st_mode & 0002) != 0)
		check_say(check, FINDING_WRONG, "folder",
		    "%s may be written by others: chmod %04o %s",
		    folder, mode, folder);
	else if ((mode & 0001) > (st.st_mode & 0001))
		check_say(check, FINDING_WRONG, "folder",
		    "%s is closed to an MTA that is not in its group: chmod %04o "
		    "%s", folder, mode,
		    folder);
	else if ((st.st_mode & 0007) != (mode & 0007))
		check_say(check, FINDING_DOUBTFUL, "folder", "%s shows every local "
		    "user when somebody logs in: chmod %04o %s", folder, mode,
		    folder);
	else
		check_say(check, FINDING_GOOD, "folder", "%s", folder);
	check_tmpfs(check, folder);
}

static int
count(const struct authmap_entry *entry, void *arg)
{
	(void)entry;
	++*(unsigned int *)arg;
	return 0;
}

/* Warn when the map is nearly full. */
static void
check_room(struct check *check, unsigned int entries)
{
	unsigned int most = check->am->config.max_entries;

	if (most != 0 && entries >= most - most / 10)
		check_say(check, FINDING_DOUBTFUL, "map", "%u of %u entries "
		    "(max_entries): raise the limit, or see in authmap list "
		    "which user has so many", entries, most);
}

/* Let libgdbm read MAP, as an Exim built with gdbm does. */
static void
check_judge(struct check *check, struct map *map)
{
	const char *path = check->am->files.map;
	char why[JUDGE_WHY];

	switch (judge(map, why)) {
	case JUDGE_YES:
		check_say(check, FINDING_GOOD, "map", "libgdbm can read %s",
		    path);
		break;
	case JUDGE_NO:
		check_say(check, FINDING_WRONG, "map", "libgdbm cannot read %s: %s: "
		    "run authmap sweep, or see the sweeper's log", path, why);
		break;
	case JUDGE_NONE:
		if (why[0] != '\0')
			check_say(check, FINDING_DOUBTFUL, "map",
			    "libgdbm cannot be asked: %s: install authmap-judge and "
			    "libgdbm", why);
		break;
	}
}

void
check_map(struct check *check)
{
	const char *path = check->am->files.map;
	char command[REMEDY_BYTES];
	unsigned int entries = 0;
	struct stat st;
	struct map *map;
	enum map_status status = map_open(&map, path, MAP_READ);
	bool restored = status == MAP_OK && map_is_restored(map);

	if (status == MAP_OK)
		check_judge(check, map);
	map_close(map);
	if (status == MAP_NOTFOUND)
		check_say(check, FINDING_WRONG, "map",
		    "%s does not exist, so MTAs ask unknown clients to try later: "
		    "%s", path,
		    remedy_start("authmap-sweeper", command));
	else if (status != MAP_OK)
		check_say(check, FINDING_WRONG, "map",
		    "%s: %s: %s", path, map_error(),
		    status == MAP_INVALID ? "run authmap sweep, which moves it "
		    "aside" : "run authmap check as root");
	else if (authmap_walk(check->tool->am, count, &entries) != 0)
		check_say(check, FINDING_WRONG, "map",
		    "%s cannot be read completely: run authmap sweep", path);
	else if (!restored)
		check_say(check, FINDING_WRONG, "map", "%s: the saved state is not "
		    "restored yet, so MTAs ask unknown clients to try later: "
		    "%s", path,
		    remedy_start("authmap-sweeper", command));
	else
		check_say(check, FINDING_GOOD, "map",
		    "%s, %u may relay", path, entries);
	check_room(check, entries);
	if (status == MAP_OK && stat(path, &st) == 0 &&
	    (st.st_mode & 0777) != check->am->config.map_mode)
		check_say(check, FINDING_DOUBTFUL, "map",
		    "%s has mode %04o, and map_mode is %04o: chmod %04o %s", path,
		    (unsigned int)(st.st_mode & 0777),
		    (unsigned int)check->am->config.map_mode,
		    (unsigned int)check->am->config.map_mode, path);
}

void
check_lock(struct check *check)
{
	const char *path = check->am->files.lock;
	deadline end = deadline_in(check->am->config.lock_timeout);
	int lock;

	if (access(path, F_OK) == -1 && errno == ENOENT)
		return;
	lock = lock_wait(check->am, end);
	if (lock != -1)
		check_say(check, FINDING_GOOD, "lock", "%s", path);
	else if (errno == EWOULDBLOCK)
		check_say(check, FINDING_WRONG, "lock",
		    "%s: another process holds it for longer than lock_timeout: "
		    "find it with fuser -v %s",
		    path, path);
	else
		check_say(check, FINDING_WRONG, "lock",
		    "%s: %s", path, strerror(errno));
	if (lock != -1)
		lock_drop(lock);
}
