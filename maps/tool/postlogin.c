/* SPDX-License-Identifier: ISC */
/*
 * record --postlogin: a script of Dovecot's script-login(1), which runs between the
 * password check and the answer to the client.  Errors are logged to syslog, and the
 * program is always run: without it, the login fails.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <unistd.h>

#include "base/handle.h"
#include "daemon/keeper.h"
#include "tool/exec.h"
#include "tool/tool.h"

/* The connection of script-login to the process that will serve the client. */
#define SERVER_FD 3

/* Return the variable NAME, or NULL, having logged, if it is not set. */
static const char *
variable(const struct tool *tool, const char *name)
{
	const char *value = getenv(name);

	if (value != NULL && value[0] != '\0')
		return value;
	log_say(&tool->am->log, LOG_ERR, "%s is not set: not recorded: run it "
	    "under Dovecot's script-login", name);
	return NULL;
}

/* Return whether the login from TEXT is to be recorded; log what is wrong. */
static bool
is_wanted(const struct tool *tool, const char *text)
{
	struct address address;

	if (!address_parse(text, &address)) {
		log_say(&tool->am->log, LOG_ERR, "IP: \"%s\" is not an "
		    "address: not recorded", ENCODED(text, 64));
		return false;
	}
	return !networks_have(&tool->am->config.exclude, &address);
}

/* Return whether the client has shown that it is the user: neither a master user nor
 * an anonymous client has. */
static bool
is_user(void)
{
	const char *mechanism = getenv("AUTH_MECH");

	return getenv("MASTER_USER") == NULL &&
	    (mechanism == NULL || strcasecmp(mechanism, "ANONYMOUS") != 0);
}

/* Record the login that Dovecot has put into the environment. */
static void
record(struct tool *tool)
{
	const char *text = variable(tool, "IP"), *user = variable(tool, "USER");
	struct session session;
	int keeper;

	if (text == NULL || user == NULL || !is_user() || !is_wanted(tool, text))
		return;
	if (!session_find(&session, STDIN_FILENO, SERVER_FD)) {
		log_say(&tool->am->log, LOG_ERR, "standard input is not the "
		    "client's connection: not recorded: run it under Dovecot's "
		    "script-login: %s", strerror(errno));
		return;
	}
	keeper = keeper_start(tool->am, text, tool->service, &session);
	if (keeper == -1)
		return;
	/* Dovecot sets AUTH_USER if it has turned the client's name into another. */
	(void)keeper_login(tool->am, keeper, user, getenv("AUTH_USER"));
	(void)close(keeper);
}

int
tool_record_postlogin(struct tool *tool)
{
	/* An error in the configuration has been logged. */
	if (tool->errors == 0)
		record(tool);
	return tool_exec(tool->argv);
}
