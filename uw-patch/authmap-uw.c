/* SPDX-License-Identifier: ISC */
/*
 * Called by UW's imapd, ipop2d and ipop3d: records the client's address, and
 * keeps the entry alive for as long as the session lasts.
 *
 * c-client goes on with what getpwnam(3) returned, so nothing here may ask for
 * users or groups; the keeper, which does, is another process.
 */
#include "authmap-uw.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/handle.h"
#include "daemon/keeper.h"

static bool acting;

/* The server has opened the log under its own name. */
static void
say(void *arg, int priority, const char *line)
{
	(void)arg;
	syslog(priority, "authmap: %s", line);
}

/* c-client calls both POP services "pop"; the program is ipop2d or in.pop2d. */
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
	/* The server has closed stderr; nothing is to take this for it, and
	 * no program that the server runs is to hold it. */
	keeper = fcntl(first, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (keeper == -1)
		log_say(&am->log, LOG_ERR, "%s cannot be kept: %s",
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
	/* Without its configuration, authmap is not wanted here. */
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
