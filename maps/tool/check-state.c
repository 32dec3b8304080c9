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
#include "tool/output.h"
#include "tool/remedy.h"

#define STATE_MODE 02750

/* A failure in the last hour is a warning. */
#define RECENT_SECS 3600

/* Report failures.  Each one has appended a byte to a file, so the file's time is
 * that of the last failure. */
void
check_failures(struct check *check)
{
	time_t now = time(NULL);
	char ago[32];
	struct stat st;

	if (stat(check->am->files.failures, &st) == -1 || st.st_size == 0) {
		check_say(check, FINDING_GOOD, "failures", "none since boot");
		return;
	}
	tool_duration((long long)(now - st.st_mtim.tv_sec), ago);
	if (now - st.st_mtim.tv_sec < RECENT_SECS)
		check_say(check, FINDING_DOUBTFUL, "failures",
		    "%lld logins or refreshes were not recorded since boot, the "
		    "last one %s ago: %s says "
		    "why", (long long)st.st_size, ago, remedy_has_systemd() ?
		    "journalctl -g \"is not recorded\"" :
		    "grep \"is not recorded\" in the mail log");
	else
		check_say(check, FINDING_GOOD, "failures",
		    "%lld since boot, none in the last hour", (long long)st.st_size);
}

void
check_sweeper(struct check *check)
{
	time_t now = time(NULL);
	char command[REMEDY_BYTES];
	struct stat st;
	long long late;

	(void)remedy_start("authmap-sweeper", command);
	if (stat(check->am->files.beat, &st) == -1) {
		check_say(check, FINDING_WRONG, "sweeper",
		    "the map was never swept: %s",
		    command);
		return;
	}
	late = (long long)(now - st.st_mtim.tv_sec);
	if (late > 3LL * check->am->config.sweep_interval)
		check_say(check, FINDING_WRONG, "sweeper", "the last sweep was %lld "
		    "seconds ago: %s, or see its log", late, command);
	else
		check_say(check, FINDING_GOOD, "sweeper",
		    "swept %lld seconds ago", late);
}

/* Check that only the daemons' user can write the saved state: it can let any client
 * relay. */
static bool
state_is_safe(struct check *check, const struct stat *st)
{
	const struct config *config = &check->am->config;
	const struct passwd *owner = getpwuid(st->st_uid);

	if (st->st_uid != 0 && st->st_uid != geteuid() && (owner == NULL ||
	    strcmp(owner->pw_name, config->user) != 0))
		check_say(check, FINDING_WRONG, "state",
		    "%s belongs to %s, who could let any client relay: chown %s "
		    "%s", config->state_dir,
		    owner == NULL ? "an unknown user" : owner->pw_name,
		    config->user, config->state_dir);
	else if ((st->st_mode & 022) != 0)
		check_say(check, FINDING_WRONG, "state",
		    "%s has mode %04o: chmod 2750 %s", config->state_dir,
		    (unsigned int)(st->st_mode & 07777), config->state_dir);
	else
		return true;
	return false;
}

static size_t
in_force(const struct blocks *blocks)
{
	time_t now = time(NULL);
	size_t count = 0;

	for (size_t i = 0; i < blocks->count; i++)
		if (!block_expired(&blocks->list[i], now))
			count++;
	return count;
}

void
check_blocks(struct check *check)
{
	const char *path = check->am->files.blocks;
	const char *group = check->am->config.group;
	const struct group *gr = getgrnam(group);
	struct stat st;

	if (blocks_renew(check->am) == -1)
		check_say(check, FINDING_WRONG, "blocks", "%s",
		    check->am->blocks->trouble);
	else if (stat(path, &st) == -1)
		return;
	else if (gr != NULL && ((st.st_mode & 0040) == 0 ||
	    st.st_gid != gr->gr_gid))
		check_say(check, FINDING_WRONG, "blocks",
		    "%s cannot be read by group %s, so no login is recorded: chgrp "
		    "%s %s; chmod 640 %s",
		    path, group, group, path, path);
	else
		check_say(check, FINDING_GOOD, "blocks", "%zu in force, in %s",
		    in_force(check->am->blocks), path);
}

/* Check the age of the saved state, which the sweeper touches even if nothing has
 * changed. */
static void
check_saved(struct check *check)
{
	const char *path = check->am->files.saved;
	time_t now = time(NULL);
	struct stat saved, swept;
	long long late = 0;

	if (stat(path, &saved) == -1) {
		check_say(check, FINDING_DOUBTFUL, "state", "%s: %s: run authmap "
		    "sweep", path, strerror(errno));
		return;
	}
	if (stat(check->am->files.beat, &swept) == 0)
		late = (long long)(swept.st_mtim.tv_sec - saved.st_mtim.tv_sec);
	if (late > 3LL * check->am->config.sweep_interval)
		check_say(check, FINDING_WRONG, "state", "%s was last saved %lld "
		    "seconds before the last sweep, so a reboot would lose the "
		    "logins since: make room in %s, or see the sweeper's log",
		    path, late, check->am->config.state_dir);
	else
		check_say(check, FINDING_GOOD, "state",
		    "%s was saved %lld seconds ago",
		    path, (long long)(now - saved.st_mtim.tv_sec));
}

void
check_state(struct check *check)
{
	const char *folder = check->am->config.state_dir;
	char command[REMEDY_BYTES];
	struct stat st;

	if (stat(folder, &st) == -1) {
		const char *why = strerror(errno);

		check_say(check, FINDING_WRONG, "state", "%s: %s: %s", folder, why,
		    remedy_folder(&check->am->config, folder, STATE_MODE,
		    command));
	} else if (!state_is_safe(check, &st))
		return;
	else if ((st.st_mode & 0050) != 0050)
		check_say(check, FINDING_WRONG, "state", "%s cannot be read by its "
		    "group, so no login is recorded: chmod 2750 %s",
		    folder, folder);
	else
		check_saved(check);
}
