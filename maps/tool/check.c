/* SPDX-License-Identifier: ISC */
/* check: looks at everything, and says how to mend what is wrong. */
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/vfs.h>
#define TMPFS_TYPE 0x01021994	/* statfs(2) */
#endif

#include "base/clock.h"
#include "base/handle.h"
#include "daemon/folder.h"
#include "store/blocklist.h"
#include "tool/check.h"
#include "tool/json.h"
#include "store/lock.h"
#include "store/map.h"
#include "tool/output.h"

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

static void
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

static void
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

static void
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

static void
check_sweeper(struct check *check)
{
	time_t now = time(NULL);
	struct stat st;
	long long late;

	if (stat(check->am->files.beat, &st) == -1) {
		check_say(check, WRONG, "sweeper", "nothing was ever swept: start "
		    "authmap-sweeper");
		return;
	}
	late = (long long)(now - st.st_mtim.tv_sec);
	if (late > 3LL * check->am->config.sweep_interval)
		check_say(check, WRONG, "sweeper", "the last sweep was %lld seconds "
		    "ago: start authmap-sweeper, or read its log", late);
	else
		check_say(check, GOOD, "sweeper", "swept %lld seconds ago", late);
}

/* Who can write the saved state can let in anybody. */
static bool
state_is_safe(struct check *check, const struct stat *st)
{
	const struct config *config = &check->am->config;
	const struct passwd *owner = getpwuid(st->st_uid);

	if (st->st_uid != 0 && st->st_uid != geteuid() && (owner == NULL ||
	    strcmp(owner->pw_name, config->user) != 0))
		check_say(check, WRONG, "state", "%s belongs to %s, who could "
		    "let in anybody: chown %s %s", config->state_dir,
		    owner == NULL ? "nobody that there is" : owner->pw_name,
		    config->user, config->state_dir);
	else if ((st->st_mode & 022) != 0)
		check_say(check, WRONG, "state", "%s has mode %04o: chmod 2750 "
		    "%s", config->state_dir,
		    (unsigned int)(st->st_mode & 07777), config->state_dir);
	else
		return true;
	return false;
}

static void
check_blocks(struct check *check)
{
	const char *path = check->am->files.blocks;
	const char *group = check->am->config.group;
	const char *wrong = blocks_renew(check->am);
	const struct group *gr = getgrnam(group);
	struct stat st;

	if (wrong != NULL)
		check_say(check, WRONG, "blocks", "%s", wrong);
	else if (stat(path, &st) == -1)
		return;
	else if (gr != NULL && ((st.st_mode & 0040) == 0 ||
	    st.st_gid != gr->gr_gid))
		check_say(check, WRONG, "blocks", "%s cannot be read by group "
		    "%s: nobody is recorded: chgrp %s %s; chmod 640 %s", path,
		    group, group, path, path);
	else
		check_say(check, GOOD, "blocks", "%zu in %s",
		    check->am->blocks->count, path);
}

/* The sweeper touches the saved state even if there is nothing to save. */
static void
check_saved(struct check *check)
{
	const char *path = check->am->files.saved;
	struct stat saved, swept;
	long long late = 0;

	if (stat(path, &saved) == -1) {
		check_say(check, DOUBTFUL, "state", "%s: %s", path,
		    strerror(errno));
		return;
	}
	if (stat(check->am->files.beat, &swept) == 0)
		late = (long long)(swept.st_mtim.tv_sec - saved.st_mtim.tv_sec);
	if (late > 3LL * check->am->config.sweep_interval)
		check_say(check, WRONG, "state", "%s was last saved %lld "
		    "seconds before the last sweep: logins since are lost at a "
		    "reboot: make room in %s, or read the sweeper's log", path,
		    late, check->am->config.state_dir);
	else
		check_say(check, GOOD, "state", "%s", path);
}

static void
check_state(struct check *check)
{
	const char *folder = check->am->config.state_dir;
	struct stat st;

	if (stat(folder, &st) == -1)
		check_say(check, WRONG, "state", "%s: %s: start authmap-sweeper as "
		    "root, which makes it", folder, strerror(errno));
	else if (!state_is_safe(check, &st))
		return;
	else if ((st.st_mode & 0050) != 0050)
		check_say(check, WRONG, "state", "%s cannot be read by its group: "
		    "nobody is recorded: chmod 2750 %s", folder, folder);
	else
		check_saved(check);
}

/* Of `static` and `exclude`, the latter wins. */
static void
check_static(struct check *check)
{
	const struct config *config = &check->am->config;

	for (size_t i = 0; i < config->always.count; i++) {
		const struct network *network = &config->always.list[i];
		bool over = networks_overlap(network, &network_link_local);
		char key[AUTHMAP_ADDRESS_SIZE];

		for (size_t j = 0; !over && j < config->exclude.count; j++)
			over = networks_overlap(network,
			    &config->exclude.list[j]);
		address_key(&network->base, 128, key);
		if (over)
			check_say(check, DOUBTFUL, "static", "%s/%u: not all "
			    "of it may relay: exclude has some of it, or it "
			    "is link-local", key, network->bits);
	}
}

int
tool_check(struct tool *tool)
{
	struct check check = { tool, tool->am, 0, TOOL_YES };
	const struct config *config = &tool->am->config;

	if (tool->json)
		(void)printf("[");
	if (tool->errors > 0)
		check_say(&check, WRONG, "config", "%s: %d errors: mend the lines "
		    "above", config->file, tool->errors);
	else
		check_say(&check, GOOD, "config", "%s%s", config->file,
		    access(config->file, F_OK) == 0 ? "" : " is not there: "
		    "defaults");
	check_static(&check);
	check_users(&check);
	check_folder(&check);
	check_map(&check);
	check_lock(&check);
	check_sweeper(&check);
	check_state(&check);
	check_blocks(&check);
	check_mtas(&check);
	check_cluster(&check);
	if (tool->json)
		(void)printf("\n]\n");
	return check.worst;
}
