/* SPDX-License-Identifier: ISC */
/*
 * UW's imapd, ipop2d and ipop3d call this to record the client's address, and to
 * start a keeper that refreshes the entry until the session ends.
 *
 * c-client still uses the result of getpwnam(3) afterwards, so no function here may
 * look up users or groups.  The keeper, which does, is another process.
 */
#include "uw-patch/authmap-uw.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/handle.h"
#include "daemon/keeper.h"

static bool acting;

/* Log to syslog, which the server has opened under its own name. */
static void
say(void *arg, int priority, const char *line)
{
	(void)arg;
	syslog(priority, "authmap: %s", line);
}

/* Return the name of the service.  c-client calls both POP services "pop", but the
 * name of the POP2 server contains "pop2". */
static const char *
service_name(const char *service, int argc, char *argv[])
{
	const char *program;

	if (strcmp(service, "pop") != 0)
		return service;
	if (argc < 1 || argv[0] == NULL)
		return "pop3";
	program = strrchr(argv[0], '/');
	return strstr(program != NULL ? program : argv[0], "pop2") != NULL ?
	    "pop2" : "pop3";
}

static void
keep(struct authmap *am, const struct authmap_login *login, time_t tried,
    enum authmap_result result)
{
	int first = keeper_start(am, login->address, login->service, NULL);
	int keeper;

	if (first == -1)
		return;
	/* The server has closed stderr, so the descriptor may be 2: move it, so
	 * that no function writes to it.  No program that the server runs may
	 * inherit it. */
	keeper = fcntl(first, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (keeper == -1)
		log_say(&am->log, LOG_ERR, "%s: keeper cannot be started: %s",
		    login->address, strerror(errno));
	else
		(void)keeper_hand_over(am, keeper, login->user, tried, result);
	(void)close(first);
}

void
authmap_uw_admin(void)
{
	acting = true;
}

void
authmap_uw_login(const char *user, const char *address, const char *service,
    int argc, char *argv[])
{
	struct authmap_login login = { .address = address, .user = user };
	time_t tried = time(NULL);
	bool admin = acting;
	enum authmap_result result;
	struct address parsed;
	struct authmap *am;

	acting = false;
	/* Do nothing if authmap is not configured on this host. */
	if (user == NULL || !address_parse(address, &parsed) ||
	    (access(config_path(NULL), F_OK) == -1 && errno == ENOENT))
		return;
	am = authmap_new(NULL, say, NULL, NULL);
	if (am == NULL) {
		say(NULL, LOG_ERR, "no memory");
		return;
	}
	login.service = service_name(service, argc, argv);
	if (!admin || am->config.master_users) {
		result = authmap_record(am, &login);
		if (keeper_wanted(am, result))
			keep(am, &login, tried, result);
	}
	authmap_free(am);
}
