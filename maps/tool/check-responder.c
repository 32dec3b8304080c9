/* SPDX-License-Identifier: ISC */
/* check: whether the responder answers on each socket of the configuration. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/handle.h"
#include "daemon/ask.h"
#include "daemon/folder.h"
#include "tool/check.h"
#include "tool/remedy.h"

#define ANSWER_MS 1000

/* An address that no client has; see RFC 5737. */
#define NOBODY "192.0.2.1"

static int
first(const struct authmap_entry *entry, void *arg)
{
	(void)strlcpy(arg, entry->address, AUTHMAP_ADDRESS_SIZE);
	return 1;
}

/* Check that no other user can replace the socket at ENDPOINT. */
static void
check_path(struct check *check, const struct endpoint *endpoint)
{
	const char *user = check->am->config.user, *wrong;
	const struct passwd *pw = getpwnam(user);
	char where[PATH_MAX];

	if (!endpoint_is_path(endpoint))
		return;
	if (strcmp(endpoint->text, SOCKET_OLD) == 0) {
		check_say(check, FINDING_DOUBTFUL, "responder",
		    "%s: members of group %s can replace this old socket, and the "
		    "next release does not have it: set socket = " SOCKET_STANDARD,
		    endpoint->text, check->am->config.group);
		return;
	}
	wrong = path_unsafe(endpoint->text, pw != NULL ? pw->pw_uid :
	    geteuid(), where);
	if (wrong != NULL)
		check_say(check, FINDING_WRONG, "responder", "%s: \"%s\" %s: others "
		    "could answer MTAs there: choose a folder into which only "
		    "root or %s may write", endpoint->text, where, wrong, user);
}

static void
say_absent(struct check *check, const struct endpoint *endpoint, int error)
{
	char command[REMEDY_BYTES];

	if (!check->mta_asks_responder && check->mta_asks)
		check_say(check, FINDING_GOOD, "responder",
		    "%s: no responder answers, but no MTA of this host asks "
		    "there", endpoint->text);
	else
		check_say(check, check->mta_asks_responder ? FINDING_WRONG :
		    FINDING_DOUBTFUL,
		    "responder", "%s: %s: %s", endpoint->text, strerror(error),
		    remedy_start("authmap-socketmapd", command));
}

/* Report that the request at ENDPOINT failed with ERROR. */
static void
say_failed(struct check *check, const struct endpoint *endpoint, int error)
{
	char command[REMEDY_BYTES];

	if (error == ENOENT || error == ECONNREFUSED)
		say_absent(check, endpoint, error);
	else
		check_say(check, FINDING_WRONG, "responder", "%s: %s: %s",
		    endpoint->text, strerror(error),
		    remedy_restart("authmap-socketmapd", command));
}

/* Ask the responder at ENDPOINT, if possible about an address that may relay. */
static void
check_socket(struct check *check, const struct endpoint *endpoint)
{
	char key[AUTHMAP_ADDRESS_SIZE] = NOBODY, heard[SOCKETMAP_REPLY_BYTES];
	char command[REMEDY_BYTES];
	const char *wanted = "NOTFOUND ";

	if (authmap_walk(check->tool->am, first, key) == 1)
		key[strcspn(key, "/")] = '\0';
	/* The first address of a network may be excluded, or blocked. */
	if (authmap_lookup(check->tool->am, key, NULL) == 1)
		wanted = "OK OK";
	if (ask_responder(endpoint, "relay", key, deadline_in(ANSWER_MS),
	    heard) == -1)
		say_failed(check, endpoint, errno);
	else if (strcmp(heard, wanted) != 0)
		check_say(check, FINDING_WRONG, "responder",
		    "%s answers \"%s\" for %s instead of \"%s\": see its log, or "
		    "%s", endpoint->text, heard,
		    key, wanted, remedy_restart("authmap-socketmapd", command));
	else
		check_say(check, FINDING_GOOD, "responder", "%s answers \"%s\" for "
		    "%s", endpoint->text, heard, key);
}

void
check_responder(struct check *check)
{
	const char *sockets = config_text(&check->am->config, CONFIG_SOCKET);
	struct endpoint endpoint;

	while (endpoint_next(&sockets, &endpoint)) {
		check_path(check, &endpoint);
		check_socket(check, &endpoint);
	}
}
