/* SPDX-License-Identifier: ISC */
/* check: the sweeper, the saved state and the blocks. */
#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/handle.h"
#include "store/blocklist.h"
#include "tool/check.h"

void
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

void
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

void
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
