/* SPDX-License-Identifier: ISC */
/* check: which MTA is here, and does it get an answer? */
#include "tool/check-mta.h"

#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/handle.h"
#include "base/whole.h"
#include "daemon/ask.h"
#include "tool/check.h"
#include "tool/remedy.h"

#define ANSWER_MS 1000

/* Never anybody's address, see RFC 5737. */
#define NOBODY "192.0.2.1"

#define GROUPS_MAX 64

static const struct mta *const mtas[] = { &mta_postfix, &mta_exim,
    &mta_sendmail, &mta_opensmtpd, &mta_qmail };

void
mta_say_silent(struct check *check, const struct mta *mta)
{
	check_say(check, DOUBTFUL, "mta", "%s does not ask who may relay: do as "
	    REMEDY_RECIPES "/%s says", mta->name, mta->recipe);
}

/* Is USER in GROUP, by its account or as a member? */
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

/* A client of a UNIX socket has to be allowed to write to it. */
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
	check_say(check, WRONG, "mta", "%s asks at %s (%s), and nobody answers "
	    "there: %s: %s", mta->name, socket, place, strerror(error), command);
}

void
mta_say_asks(struct check *check, const struct mta *mta, const char *place,
    const char *socket, const char *user)
{
	char heard[SOCKETMAP_REPLY_BYTES];
	struct endpoint endpoint;

	check->mta_asks = check->mta_asks_responder = true;
	if (endpoint_parse(socket, &endpoint) != NULL)
		check_say(check, WRONG, "mta", "%s asks at %s (%s), which is no "
		    "socket of authmap-socketmapd: see " REMEDY_RECIPES "/%s",
		    mta->name, socket, place, mta->recipe);
	else if (ask_responder(&endpoint, "relay", NOBODY,
	    deadline_in(ANSWER_MS), heard) == -1)
		say_unanswered(check, mta, place, socket);
	else if (!may_connect(socket, user))
		check_say(check, WRONG, "mta", "%s asks at %s (%s), which %s may "
		    "not open: set socket_mode or socket_group in %s, and "
		    "SocketMode= where systemd makes it", mta->name, socket,
		    place, user, check->am->config.file);
	else if (strcmp(socket, SOCKET_OLD) == 0)
		check_say(check, DOUBTFUL, "mta", "%s asks on the old socket, "
		    "which the next release does not have (%s): put "
		    SOCKET_STANDARD " in the place of %s", mta->name, place,
		    socket);
	else
		check_say(check, GOOD, "mta", "%s asks at %s (%s)", mta->name,
		    socket, place);
}

void
mta_say_probed(struct check *check, const struct mta *mta, bool lets,
    const char *answer)
{
	if (lets)
		check_say(check, GOOD, "probe", "%s lets %s relay", mta->name,
		    check->probe);
	else
		check_say(check, WRONG, "probe", "%s does not let %s relay: it "
		    "says \"%s\"", mta->name, check->probe,
		    ENCODED(answer, 200));
}

size_t
mta_text_between(const char *text, const char *before, const char *after,
    const char **path)
{
	const char *at = strstr(text, before);

	if (at == NULL)
		return 0;
	*path = at + strlen(before);
	return strcspn(*path, after);
}

char *
mta_text_read(const char *path)
{
	char why[WHOLE_WHY_BYTES];
	size_t len;
	char *text = whole_read(path, &len, why), *to = text;

	for (const char *line = text; line != NULL && *line != '\0';) {
		size_t length = strcspn(line, "\n");

		length += line[length] == '\n' ? 1 : 0;
		if (line[strspn(line, " \t")] != '#') {
			memmove(to, line, length);
			to += length;
		}
		line += length;
	}
	if (to != NULL)
		*to = '\0';
	return text;
}

void
check_mtas(struct check *check)
{
	bool any = false;

	for (size_t i = 0; i < sizeof mtas / sizeof *mtas; i++)
		if (mtas[i]->check(check, mtas[i]))
			any = true;
	if (!any)
		check_say(check, GOOD, "mta", "no supported MTA found");
}
