/* SPDX-License-Identifier: ISC */
/* check: how authmap-cluster does. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/handle.h"
#include "tool/check.h"
#include "daemon/cluster-password.h"
#include "base/record.h"
#include "daemon/cluster-status.h"
#include "tool/output.h"
#include "tool/tool.h"

/* What to do about the error WHY; "": its own words tell. */
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
		check_say(check, GOOD, "cluster", "connected to %s, %lld "
		    "told, %lld taken", status->engine, status->sent,
		    status->received);
		return;
	}
	tool_duration((long long)time(NULL) - status->failed, ago);
	check_say(check, GOOD, "cluster", "connected to %s, %lld told, %lld "
	    "taken; the last error was %s ago: %s", status->engine, status->sent,
	    status->received, ago, status->why);
}

static void
say_state(struct check *check, const struct cluster_status *status)
{
	long long stuck = cluster_status_stuck(status);

	if (!cluster_status_running(status))
		check_say(check, WRONG, "cluster", "is not running: start "
		    "authmap-cluster");
	else if (cluster_status_failing(status))
		check_say(check, WRONG, "cluster", "not connected to %s: %s: "
		    "the hosts' maps will diverge%s", status->engine,
		    status->why[0] != '\0' ? status->why : "connecting",
		    remedy(status->why));
	else if (stuck != 0)
		check_say(check, WRONG, "cluster", "compares with %s, out of step "
		    "for %lld seconds: the hosts' maps drift apart",
		    status->engine, stuck);
	else
		say_connected(check, status);
}

static void
say(struct check *check, const struct cluster_status *status)
{
	say_state(check, status);
	if (status->ahead > RECORD_SLACK_SECS || status->ahead < -RECORD_SLACK_SECS)
		check_say(check, WRONG, "cluster", "the engine's clock is %lld "
		    "seconds %s ours, so what travels ends sooner by as "
		    "much: set both right", llabs(status->ahead),
		    status->ahead > 0 ? "ahead of" : "behind");
	if (status->refused > 0)
		check_say(check, DOUBTFUL, "cluster", "%lld were refused that "
		    "stand in the engine: its log says what", status->refused);
}

/* Whose it is, and who may read it; ST is of PATH. */
static void
check_owner(struct check *check, const char *path, const struct stat *st)
{
	const char *user = check->am->config.user;
	const struct passwd *owner = getpwuid(st->st_uid);
	bool ours = owner != NULL && strcmp(owner->pw_name, user) == 0;

	/* Who is not root has started it as himself. */
	if (geteuid() != 0 && st->st_uid == geteuid())
		ours = true;
	if (!ours && (st->st_uid != 0 || (st->st_mode & 044) == 0))
		check_say(check, WRONG, "cluster", "%s belongs to %s, not to "
		    "whom authmap-cluster runs as: chown %s %s", path,
		    owner == NULL ? "nobody that there is" : owner->pw_name,
		    user, path);
	if ((st->st_mode & 077) != 0)
		check_say(check, DOUBTFUL, "cluster", "%s may be read by "
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
		check_say(check, WRONG, "cluster", "%s: %s: put the engine's "
		    "password there", path, strerror(errno));
		return;
	}
	check_owner(check, path, &st);
	if (access(path, R_OK) == -1)
		return;
	wrong = cluster_password_read(path, password);
	explicit_bzero(password, sizeof password);
	if (wrong != NULL)
		check_say(check, WRONG, "cluster", "%s: %s: put the engine's "
		    "password there", path, wrong);
}

void
check_cluster(struct check *check)
{
	struct cluster_status status;

	if (check->am->config.cluster.count == 0)
		return;
	if (cluster_status_read(check->am, &status) == 0)
		say(check, &status);
	else
		check_say(check, WRONG, "cluster", "%s: %s: is authmap-cluster "
		    "started?", check->am->files.cluster, strerror(errno));
	check_password(check);
}
