/* SPDX-License-Identifier: ISC */
/*
 * record --env: the step after the password check, of a server that runs programs.
 * The login continues after any error.  Errors are logged to syslog, since the
 * client may be at the other end of stderr.
 */
#include <sys/socket.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/handle.h"
#include "daemon/keeper.h"
#include "tool/client-keeper.h"
#include "tool/exec.h"

static bool
is_keeper_socket(int fd)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof name;
	int type;

	if (getsockname(fd, (struct sockaddr *)&name, &len) == -1 ||
	    name.ss_family != AF_UNIX)
		return false;
	len = sizeof type;
	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    type == SOCK_SEQPACKET;
}

/* Return the descriptor NUMBER of the keeper that prelogin started, or -1. */
static int
keeper_of_prelogin(const struct tool *tool, const char *number)
{
	const char *wrong;
	int fd;

	if (number[0] == '\0')
		return -1;
	fd = (int)strtonum(number, STDERR_FILENO + 1, INT_MAX, &wrong);
	if (wrong == NULL && is_keeper_socket(fd))
		return fd;
	log_say(&tool->am->log, LOG_ERR, KEEPER_VARIABLE ": \"%s\" is not a "
	    "descriptor of authmap prelogin: not recorded", ENCODED(number, 64));
	return -1;
}

/* Return the user of the login: Courier and imapfront-auth do not set USER. */
static const char *
user_name(const struct tool *tool)
{
	const char *user = getenv("AUTHENTICATED");

	if (user == NULL || user[0] == '\0')
		user = getenv("USER");
	if (user != NULL && user[0] != '\0')
		return user;
	log_say(&tool->am->log, LOG_ERR, "USER is not set: not recorded: "
	    "run it after the password check");
	return NULL;
}

int
tool_record_env(struct tool *tool)
{
	const char *number = getenv(KEEPER_VARIABLE), *user = user_name(tool);
	int keeper = -1;

	if (user != NULL)
		keeper = number != NULL ? keeper_of_prelogin(tool, number) :
		    client_keeper_start(tool);
	/* Keep the descriptor open: the keeper runs until the program closes it. */
	if (keeper != -1)
		(void)keeper_login(tool->am, keeper, user, NULL);
	(void)unsetenv(KEEPER_VARIABLE);
	return tool_exec(tool->argv);
}
