/* SPDX-License-Identifier: ISC */
/* check: the configuration. */
#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <string.h>

#include "base/handle.h"
#include "tool/check.h"

/*
 * Report networks of `static` that overlap with `exclude`, which takes precedence.
 */
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
			check_say(check, FINDING_DOUBTFUL, "static",
			    "%s/%u: a part of it may not relay: that is in exclude, "
			    "or link-local", key, network->bits);
	}
}

/*
 * Report a folder above FILE that is closed to others.  Return whether there is one.
 */
static bool
folder_is_closed(struct check *check, const char *file)
{
	char folder[CONFIG_PATH_BYTES];
	struct stat st;

	if (file[0] != '/' || strlcpy(folder, file, sizeof folder) >=
	    sizeof folder)
		return false;
	for (char *end = strrchr(folder, '/'); end != NULL && end != folder;
	    end = strrchr(folder, '/')) {
		*end = '\0';
		if (stat(folder, &st) == -1 || (st.st_mode & 0001) != 0)
			continue;
		check_say(check, FINDING_WRONG, "config",
		    "%s: mail processes cannot reach it, so no login is recorded: "
		    "chmod o+x %s", file, folder);
		return true;
	}
	return false;
}

/* Mail processes read the file as the user of the mailbox. */
static void
check_readable(struct check *check, const char *file, const struct stat *st)
{
	const struct group *gr = getgrnam(check->am->config.group);
	unsigned int mode = (unsigned int)(st->st_mode & 07777);

	if (folder_is_closed(check, file))
		return;
	if ((st->st_mode & 0004) != 0)
		check_say(check, FINDING_GOOD, "config", "%s", file);
	else if ((st->st_mode & 0040) != 0 && gr != NULL &&
	    st->st_gid == gr->gr_gid)
		check_say(check, FINDING_DOUBTFUL, "config",
		    "%s has mode %04o: only group %s can read it, but programs that "
		    "an MTA starts must, too: chmod 644 %s", file, mode, gr->gr_name,
		    file);
	else
		check_say(check, FINDING_WRONG, "config", "%s has mode %04o: mail "
		    "processes cannot read it, so no login is recorded: chmod "
		    "644 %s",
		    file, mode, file);
}

void
check_config(struct check *check)
{
	const char *file = check->am->config.file;
	struct stat st;

	if (check->tool->errors > 0)
		check_say(check, FINDING_WRONG, "config",
		    "%s: %d errors: correct the lines "
		    "above", file, check->tool->errors);
	else if (stat(file, &st) == 0)
		check_readable(check, file, &st);
	else if (errno == ENOENT)
		check_say(check, FINDING_GOOD, "config", "%s does not exist: the "
		    "defaults apply", file);
	else
		check_say(check, FINDING_WRONG, "config", "%s: %s", file,
		    strerror(errno));
	check_static(check);
}
