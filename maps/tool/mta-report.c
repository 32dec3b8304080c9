/* SPDX-License-Identifier: ISC */
#include "tool/mta-report.h"

#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/handle.h"
#include "daemon/ask.h"
#include "tool/remedy.h"

#define ANSWER_MS 1000

/* An address that no client has; see RFC 5737. */
#define NOBODY "192.0.2.1"

#define GROUPS_MAX 64

void
mta_say_silent(struct check *check, const struct mta *mta)
{
	check_say(check, FINDING_DOUBTFUL, "mta",
	    "%s is installed but not configured for authmap: "
	    "follow " REMEDY_RECIPES "/%s", mta->name, mta->recipe);
}

/* Return whether GROUP is the primary or another group of PW. */
static bool
in_group(const struct passwd *pw, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	int count = GROUPS_MAX;

	if (getgrouplist(pw->pw_name, pw->pw_gid, groups, &count) == -1)
		return true;
	for (int i = 0; i < count; i++)
		if (groups[i] == group)
			return true;
	return false;
}

/* Return whether USER may connect to the socket PATH: connecting needs write
 * permission. */
static bool
may_connect(const char *path, const char *user)
{
	const struct passwd *pw = user != NULL ? getpwnam(user) : NULL;
	struct stat st;

	if (pw == NULL || pw->pw_uid == 0 || stat(path, &st) == -1)
		return true;
	if (st.st_uid == pw->pw_uid)
		return (st.st_mode & 0200) != 0;
	if (in_group(pw, st.st_gid))
		return (st.st_mode & 0020) != 0;
	return (st.st_mode & 0002) != 0;
}

static void
say_unanswered(struct check *check, const struct mta *mta, const char *place,
    const char *socket)
{
	char command[REMEDY_BYTES];
	int error = errno;

	if (error == ENOENT || error == ENOTDIR)
		(void)remedy_socket(&check->am->config, socket, command);
	else if (error == ECONNREFUSED)
		(void)remedy_start("authmap-socketmapd", command);
	else
		(void)remedy_restart("authmap-socketmapd", command);
	check_say(check, FINDING_WRONG, "mta",
	    "%s asks at %s (%s), where no responder answers: %s: "
	    "%s", mta->name, socket, place, strerror(error), command);
}

void
mta_say_asks(struct check *check, const struct mta *mta, const char *place,
    const char *socket, const char *user)
{
	char heard[SOCKETMAP_REPLY_BYTES];
	struct endpoint endpoint;

	check->mta_asks = check->mta_asks_responder = true;
	if (endpoint_parse(socket, &endpoint) != NULL)
		check_say(check, FINDING_WRONG, "mta",
		    "%s asks at %s (%s), which is not a socket of "
		    "authmap-socketmapd: follow " REMEDY_RECIPES
		    "/%s",
		    mta->name, socket, place, mta->recipe);
	else if (ask_responder(&endpoint, "relay", NOBODY,
	    deadline_in(ANSWER_MS), heard) == -1)
		say_unanswered(check, mta, place, socket);
	else if (!may_connect(socket, user))
		check_say(check, FINDING_WRONG, "mta",
		    "%s asks at %s (%s), which user %s may not open: set "
		    "socket_mode or socket_group in %s, and SocketMode= where "
		    "systemd makes it", mta->name, socket,
		    place, user, check->am->config.file);
	else if (strcmp(socket, SOCKET_OLD) == 0)
		check_say(check, FINDING_DOUBTFUL, "mta",
		    "%s asks at the old socket %s (%s), which the next release does "
		    "not have: replace it by "
		    SOCKET_STANDARD, mta->name, socket, place);
	else
		check_say(check, FINDING_GOOD, "mta",
		    "%s asks at %s (%s)", mta->name,
		    socket, place);
}

void
mta_say_probed(struct check *check, const struct mta *mta, bool lets,
    const char *answer)
{
	if (lets)
		check_say(check, FINDING_GOOD, "probe",
		    "%s lets %s relay", mta->name,
		    check->probe);
	else
		check_say(check, FINDING_WRONG, "probe",
		    "%s does not let %s relay: it says "
		    "\"%s\"", mta->name, check->probe,
		    ENCODED(answer, 200));
}
