/* SPDX-License-Identifier: ISC */
/* check: the users whose logins are recorded, and how many logins were. */
#include "base/handle.h"
#include "store/counters.h"
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

void
check_logins(struct check *check)
{
	struct counters counts;

	/* Without permission, check_lock() reports it. */
	if (counters_read(check->am, &counts) == 0)
		check_say(check, FINDING_GOOD, "logins",
		    "%lld grants and %lld refreshes since boot; not recorded: "
		    "%lld logins from addresses in exclude, %lld blocked, %lld of "
		    "users who are not listed", counts.of[COUNT_GRANTS],
		    counts.of[COUNT_REFRESHES], counts.of[COUNT_EXCLUDED],
		    counts.of[COUNT_BLOCKED], counts.of[COUNT_UNLISTED]);
}
