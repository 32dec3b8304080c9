/* SPDX-License-Identifier: ISC */
/* check: the connection of authmap-cluster. */
#include <sys/stat.h>

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/handle.h"
#include "base/record.h"
#include "daemon/cluster-password.h"
#include "daemon/cluster-status.h"
#include "tool/check.h"
#include "tool/output.h"
#include "tool/remedy.h"
#include "tool/tool.h"

/* Return the remedy for the error WHY, or "" if WHY says it. */
static const char *
remedy(const char *why)
{
	if (strncmp(why, "NOPERM", 6) == 0)
		return ": give the engine's user the ACL of "
		    "authmap-cluster(8)";
	return "";
}

static void
say_connected(struct check *check, const struct cluster_status *status)
{
	char ago[32];

	if (status->failed == 0) {
		check_say(check, FINDING_GOOD, "cluster", "connected to %s, %lld "
		    "changes sent, %lld received", status->engine,
		    status->sent, status->received);
		return;
	}
	tool_duration((long long)time(NULL) - status->failed, ago);
	check_say(check, FINDING_GOOD, "cluster",
	    "connected to %s, %lld changes sent, %lld received; the last error was "
	    "%s ago: %s", status->engine,
	    status->sent, status->received, ago, status->why);
}

static void
say_state(struct check *check, const struct cluster_status *status)
{
	long long stuck = cluster_status_stuck(status);
	char command[REMEDY_BYTES];

	if (!cluster_status_running(status))
		check_say(check, FINDING_WRONG, "cluster", "is not running: %s",
		    remedy_start("authmap-cluster", command));
	else if (cluster_status_failing(status))
		check_say(check, FINDING_WRONG, "cluster",
		    "not connected to %s: %s: the hosts' maps will "
		    "diverge%s", status->engine,
		    status->why[0] != '\0' ? status->why : "connecting",
		    remedy(status->why));
	else if (stuck != 0)
		check_say(check, FINDING_WRONG, "cluster", "not in sync with %s for "
		    "%lld seconds: the hosts' maps will diverge: see the log of "
		    "authmap-cluster", status->engine, stuck);
	else
		say_connected(check, status);
}

static void
say(struct check *check, const struct cluster_status *status)
{
	say_state(check, status);
	if (status->ahead > RECORD_SLACK_SECS || status->ahead < -RECORD_SLACK_SECS)
		check_say(check, FINDING_WRONG, "cluster",
		    "the engine's clock is %lld seconds %s this host's, so "
		    "replicated entries expire that much sooner: correct both "
		    "clocks", llabs(status->ahead),
		    status->ahead > 0 ? "ahead of" : "behind");
	if (status->rejected > 0)
		check_say(check, FINDING_DOUBTFUL, "cluster",
		    "%lld changes of other hosts were rejected: see the log of "
		    "authmap-cluster",
		    status->rejected);
}

/* Check the owner and the mode of PATH, whose status is ST. */
static void
check_owner(struct check *check, const char *path, const struct stat *st)
{
	const char *user = check->am->config.user;
	const struct passwd *owner = getpwuid(st->st_uid);
	bool ours = owner != NULL && strcmp(owner->pw_name, user) == 0;

	/* Without root, authmap-cluster runs as the user who started it. */
	if (geteuid() != 0 && st->st_uid == geteuid())
		ours = true;
	if (!ours && (st->st_uid != 0 || (st->st_mode & 044) == 0))
		check_say(check, FINDING_WRONG, "cluster", "%s belongs to %s, but "
		    "authmap-cluster runs as %s: chown %s %s", path,
		    owner == NULL ? "an unknown user" : owner->pw_name,
		    user, user, path);
	if ((st->st_mode & 077) != 0)
		check_say(check, FINDING_DOUBTFUL, "cluster", "%s may be read by "
		    "others: chown %s %s; chmod 400 %s", path, user, path,
		    path);
}

static void
check_password(struct check *check)
{
	const char *path = check->am->config.cluster_password_file;
	char password[CLUSTER_PASSWORD_BYTES];
	const char *wrong;
	struct stat st;

	if (path[0] == '\0')
		return;
	if (stat(path, &st) == -1) {
		check_say(check, FINDING_WRONG, "cluster",
		    "%s: %s: put the engine's password "
		    "there", path, strerror(errno));
		return;
	}
	check_owner(check, path, &st);
	if (access(path, R_OK) == -1)
		return;
	wrong = cluster_password_read(path, password);
	explicit_bzero(password, sizeof password);
	if (wrong != NULL)
		check_say(check, FINDING_WRONG, "cluster",
		    "%s: %s: put the engine's password there", path, wrong);
}

void
check_cluster(struct check *check)
{
	struct cluster_status status;
	char command[REMEDY_BYTES];

	if (check->am->config.cluster.count == 0)
		return;
	if (cluster_status_read(check->am, &status) == 0)
		say(check, &status);
	else {
		const char *why = strerror(errno);

		check_say(check, FINDING_WRONG, "cluster", "%s: %s: %s",
		    check->am->files.cluster, why,
		    remedy_start("authmap-cluster", command));
	}
	check_password(check);
}
