/* SPDX-License-Identifier: ISC */
/* check: the users whose logins are recorded. */
#include "base/handle.h"
#include "tool/check.h"

void
check_users(struct check *check)
{
	const struct config *config = &check->am->config;
	bool has_file = config->users_file[0] != '\0';
	size_t count = config->users.count + config->users_of_file.count;

	/* With an error, which was reported, no login is recorded. */
	if (config->unsafe)
		return;
	if (!config_limits_users(config))
		check_say(check, FINDING_GOOD, "users",
		    "the logins of all users are recorded: if only some devices "
		    "need to relay, list them in users of %s", config->file);
	else if (count == 0)
		check_say(check, FINDING_DOUBTFUL, "users",
		    "no login is recorded: %s lists no user", config->users_file);
	else
		check_say(check, FINDING_GOOD, "users",
		    "only the logins of %zu users or domains are recorded: "
		    "users%s%s", count,
		    has_file ? ", " : " of ", has_file ? config->users_file :
		    config->file);
}
