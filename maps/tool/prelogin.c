/* SPDX-License-Identifier: ISC */
/*
 * The steps of a login at a server that runs programs: prelogin before the
 * password check, record --env after it; and record --pam.  Whatever happens,
 * the login goes on.  Their words go to syslog: the client may be at the other
 * end of stderr.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/handle.h"
#include "daemon/keeper.h"
#include "tool/exec.h"
#include "tool/tool.h"

/* The descriptor's number; nothing: prelogin was here, and there is none. */
#define KEEPER "AUTHMAP_KEEPER"

/* The descriptors below are for the protocols of those who check passwords. */
#define KEEPER_FD 10

/* What is asked for on the command line, or by the port. */
static const char *
service_name(const struct tool *tool)
{
	static const struct { const char *port, *service; } known[] = {
		{ "110", "pop3" }, { "995", "pop3" },
		{ "143", "imap" }, { "993", "imap" },
	};
	const char *port = getenv("TCPLOCALPORT");

	if (tool->service != NULL || port == NULL)
		return tool->service;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(port, known[i].port) == 0)
			return known[i].service;
	return NULL;
}

/* A keeper for the client of this connection, or -1. */
static int
keeper_of_client(struct tool *tool)
{
	const struct log *log = &tool->am->log;
	const char *text = getenv("TCPREMOTEIP");
	struct address address;

	/* What is wrong with the configuration has been told. */
	if (tool->errors > 0)
		return -1;
	if (text == NULL) {
		log_say(log, LOG_ERR, "TCPREMOTEIP is not set: run it under "
		    "tcpserver or couriertcpd");
		return -1;
	}
	if (!address_parse(text, &address)) {
		log_say(log, LOG_ERR, "TCPREMOTEIP: \"%s\" is no address: "
		    "not recorded", ENCODED(text, 64));
		return -1;
	}
	if (networks_have(&tool->am->config.exclude, &address))
		return -1;
	return keeper_start(tool->am, text, service_name(tool), NULL);
}

int
tool_prelogin(struct tool *tool)
{
	int high = -1, keeper = keeper_of_client(tool);
	char number[16] = "";

	if (keeper != -1) {
		high = fcntl(keeper, F_DUPFD, KEEPER_FD);
		(void)close(keeper);
	}
	if (high != -1)
		(void)snprintf(number, sizeof number, "%d", high);
	else if (keeper != -1)
		log_say(&tool->am->log, LOG_ERR, "no descriptor for what runs "
		    "after the login: %s", strerror(errno));
	/* One that was there before is none of ours, whoever has set it. */
	if (setenv(KEEPER, number, 1) == -1)
		(void)unsetenv(KEEPER);
	return tool_exec(tool->argv);
}

static bool
is_socket_of_ours(int fd)
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

/* The keeper that prelogin has left for us, or -1. */
static int
keeper_of_prelogin(const struct tool *tool, const char *number)
{
	const char *wrong;
	int fd;

	if (number[0] == '\0')
		return -1;
	fd = (int)strtonum(number, STDERR_FILENO + 1, INT_MAX, &wrong);
	if (wrong == NULL && is_socket_of_ours(fd))
		return fd;
	log_say(&tool->am->log, LOG_ERR, KEEPER ": \"%s\" is no descriptor "
	    "of authmap prelogin's: not recorded", ENCODED(number, 64));
	return -1;
}

/* Who has logged in: Courier and imapfront-auth do not set USER. */
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
	const char *number = getenv(KEEPER), *user = user_name(tool);
	int keeper = -1;

	if (user != NULL)
		keeper = number != NULL ? keeper_of_prelogin(tool, number) :
		    keeper_of_client(tool);
	/* It stays open: the keeper goes on until the program ends. */
	if (keeper != -1)
		(void)keeper_login(tool->am, keeper, user);
	(void)unsetenv(KEEPER);
	return tool_exec(tool->argv);
}

int
tool_record_pam(struct tool *tool)
{
	const char *type = getenv("PAM_TYPE");
	const struct authmap_login login = {
		.address = getenv("PAM_RHOST"),
		.user = getenv("PAM_USER"),
		.service = tool->service != NULL ? tool->service :
		    getenv("PAM_SERVICE"),
	};

	/* No host: somebody at a terminal of this one. */
	if (tool->errors == 0 && type != NULL &&
	    strcmp(type, "open_session") == 0 && login.address != NULL &&
	    login.address[0] != '\0')
		(void)authmap_record(tool->am, &login);
	return TOOL_YES;
}
