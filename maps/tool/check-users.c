/* SPDX-License-Identifier: ISC */
/* check: whose logins are recorded */
#include "base/handle.h"
#include "tool/check.h"

void
check_users(struct check *check)
{
	const struct config *config = &check->am->config;
	bool has_file = config->users_file[0] != '\0';
	size_t count = config->users.count + config->users_of_file.count;

	/* With an error, nobody is recorded, which was said. */
	if (config->unsafe)
		return;
	if (!config_limits_users(config))
		check_say(check, GOOD, "users", "everybody's logins are "
		    "recorded: if only some devices need the relay, name them "
		    "in users of %s", config->file);
	else if (count == 0)
		check_say(check, DOUBTFUL, "users", "nobody is recorded: %s "
		    "names no user", config->users_file);
	else
		check_say(check, GOOD, "users", "only the logins of %zu users or "
		    "domains are recorded: users%s%s", count,
		    has_file ? ", " : " of ", has_file ? config->users_file :
		    config->file);
}
