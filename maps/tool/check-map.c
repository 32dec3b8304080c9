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
#include "tool/check.h"

static void
check_tmpfs(struct check *check, const char *folder)
{
#ifdef __linux__
	struct statfs fs;

	if (statfs(folder, &fs) == 0 && fs.f_type != TMPFS_TYPE)
		check_say(check, DOUBTFUL, "folder", "%s is not on a tmpfs: each "
		    "login waits for the disk", folder);
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
	struct stat st;

	if (stat(folder, &st) == -1) {
		check_say(check, WRONG, "folder", "%s: %s: start authmap-sweeper as "
		    "root, which makes it", folder, strerror(errno));
		return;
	}
	if (gr == NULL)
		check_say(check, WRONG, "group", "there is no group %s: make it, or "
		    "set group = ", name);
	else if (st.st_gid != gr->gr_gid)
		check_say(check, WRONG, "folder", "%s is not of group %s: chgrp %s "
		    "%s", folder, name, name, folder);
	if ((st.st_mode & 02770) != 02770)
		check_say(check, WRONG, "folder", "%s has mode %04o: chmod %04o %s",
		    folder, (unsigned int)(st.st_mode & 07777), mode, folder);
	else if ((st.st_mode & 0002) != 0)
		check_say(check, WRONG, "folder", "%s may be written by everybody: "
		    "chmod %04o %s", folder, mode, folder);
	else if ((mode & 0001) > (st.st_mode & 0001))
		check_say(check, WRONG, "folder", "%s cannot be passed by an MTA "
		    "that is not in its group: chmod %04o %s, or restart "
		    "authmap-sweeper", folder, mode, folder);
	else if ((st.st_mode & 0007) != (mode & 0007))
		check_say(check, DOUBTFUL, "folder", "%s tells every local user "
		    "when somebody logs in: chmod %04o %s, or restart "
		    "authmap-sweeper", folder, mode, folder);
	else
		check_say(check, GOOD, "folder", "%s", folder);
	check_tmpfs(check, folder);
}

static int
count(const struct authmap_entry *entry, void *arg)
{
	(void)entry;
	++*(unsigned int *)arg;
	return 0;
}

/* It begins to hurt when it is reached. */
static void
check_room(struct check *check, unsigned int entries)
{
	unsigned int most = check->am->config.max_entries;

	if (most != 0 && entries >= most - most / 10)
		check_say(check, DOUBTFUL, "map", "%u of %u entries "
		    "(max_entries): raise it, or see in authmap list who has "
		    "so many", entries, most);
}

void
check_map(struct check *check)
{
	const char *path = check->am->files.map;
	unsigned int entries = 0;
	struct stat st;
	struct map *map;
	enum map_status status = map_open(&map, path, MAP_READ);
	bool restored = status == MAP_OK && map_is_restored(map);

	map_close(map);
	if (status == MAP_NOTFOUND)
		check_say(check, WRONG, "map", "%s is not there: MTAs have "
		    "strangers try later: start authmap-sweeper, which makes "
		    "it", path);
	else if (status != MAP_OK)
		check_say(check, WRONG, "map", "%s: %s: %s", path, map_error(),
		    status == MAP_INVALID ? "the next login or sweep moves it "
		    "aside" : "are you root, or in its group?");
	else if (authmap_walk(check->tool->am, count, &entries) != 0)
		check_say(check, WRONG, "map", "%s cannot be read to its end: run "
		    "authmap sweep", path);
	else if (!restored)
		check_say(check, WRONG, "map", "%s: what was saved is not "
		    "restored yet: MTAs have strangers try later: start "
		    "authmap-sweeper, which restores it", path);
	else
		check_say(check, GOOD, "map", "%s, %u may relay", path, entries);
	check_room(check, entries);
	if (status == MAP_OK && stat(path, &st) == 0 &&
	    (st.st_mode & 0777) != check->am->config.map_mode)
		check_say(check, DOUBTFUL, "map", "%s has mode %04o, and map_mode "
		    "is %04o: the next login mends it", path,
		    (unsigned int)(st.st_mode & 0777),
		    (unsigned int)check->am->config.map_mode);
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
		check_say(check, GOOD, "lock", "%s", path);
	else if (errno == EWOULDBLOCK)
		check_say(check, WRONG, "lock", "%s is held for longer than "
		    "lock_timeout: fuser -v %s tells by whom", path, path);
	else
		check_say(check, WRONG, "lock", "%s: %s", path, strerror(errno));
	if (lock != -1)
		lock_drop(lock);
}
