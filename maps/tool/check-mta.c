/* SPDX-License-Identifier: ISC */
/* check: does the responder answer, and who is set up to ask it? */
#include <errno.h>
#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/handle.h"
#include "daemon/ask.h"
#include "daemon/folder.h"
#include "tool/check.h"

#define PATIENCE_MS 1000		/* milliseconds */

/* Never anybody's address, see RFC 5737. */
#define NOBODY "192.0.2.1"

/* Where MTAs have their configuration, on the systems that we know. */
static const struct mta {
	const char *name;
	const char *recipe;
	const char *files;	/* glob(7) patterns, parted by spaces */
} mtas[] = {
	{ "Postfix", "postfix-authmap.cf", "/etc/postfix/main.cf "
	    "/etc/postfix/master.cf /usr/local/etc/postfix/main.cf" },
	{ "Exim", "exim-authmap.conf", "/etc/exim4/exim4.conf "
	    "/etc/exim4/exim4.conf.template /etc/exim4/exim4.conf.localmacros "
	    "/etc/exim4/conf.d/*/* /etc/exim4/authmap* /etc/exim/exim.conf "
	    "/usr/local/etc/exim/configure" },
	{ "sendmail", "sendmail-authmap.mc", "/etc/mail/sendmail.cf" },
	{ "OpenSMTPD", "opensmtpd-authmap.conf", "/etc/smtpd.conf "
	    "/etc/mail/smtpd.conf /usr/local/etc/mail/smtpd.conf" },
	{ "qmail", "qmail-authmap.sh", "/service/*/run /etc/service/*/run "
	    "/var/qmail/supervise/*/run /var/qmail/rc" },
};

static int
first(const struct authmap_entry *entry, void *arg)
{
	(void)strlcpy(arg, entry->address, AUTHMAP_ADDRESS_SIZE);
	return 1;
}

/* Does a line of the MTA's configuration speak of us? */
static bool
speaks_of_us(const struct authmap *am, const char *line)
{
	const char *sockets = config_text(&am->config, CONFIG_SOCKET);
	struct endpoint endpoint;

	line += strspn(line, " \t");
	if (line[0] == '#' || strncmp(line, "dnl", 3) == 0)
		return false;
	/* A step of a login, in a run script of POP3's: that asks nothing. */
	if (strstr(line, "authmap prelogin") != NULL ||
	    strstr(line, "authmap record") != NULL)
		return false;
	while (endpoint_next(&sockets, &endpoint))
		if (strstr(line, endpoint.text) != NULL)
			return true;
	return strstr(line, "authmap") != NULL ||
	    strstr(line, am->files.map) != NULL;
}

/* What a file of an MTA says of us. */
struct mention {
	unsigned int line;	/* the first; 0: nothing */
	bool socket;		/* it asks the responder, too */
	unsigned int old;	/* the first line with SOCKET_OLD; 0: none */
};

static struct mention
mention_in(const struct authmap *am, const char *file)
{
	struct mention mention = { 0, false, 0 };
	FILE *in = fopen(file, "re");
	char *line = NULL;
	size_t size = 0;

	if (in == NULL)
		return mention;
	for (unsigned int number = 1; getline(&line, &size, in) != -1;
	    number++) {
		if (!speaks_of_us(am, line))
			continue;
		if (mention.line == 0)
			mention.line = number;
		if (strstr(line, "socket") != NULL)
			mention.socket = true;
		if (mention.old == 0 && strstr(line, SOCKET_OLD) != NULL)
			mention.old = number;
	}
	free(line);
	(void)fclose(in);
	return mention;
}

/* The files of MTA that are here, to be freed with globfree(). */
static void
files_find(const struct mta *mta, glob_t *files)
{
	char patterns[512], *rest = patterns, *pattern;
	int flags = 0;

	memset(files, 0, sizeof *files);
	(void)strlcpy(patterns, mta->files, sizeof patterns);
	while ((pattern = strsep(&rest, " ")) != NULL) {
		(void)glob(pattern, flags, NULL, files);
		flags = GLOB_APPEND;
	}
}

/* One line about an MTA that is here.  Sets *NEEDED if it asks the responder;
 * returns whether it is here. */
static bool
check_mta(struct check *check, const struct mta *mta, bool *needed)
{
	struct mention first_one = { 0, false, 0 };
	const char *file = NULL;
	glob_t files;
	bool here;

	files_find(mta, &files);
	here = files.gl_pathc > 0;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct mention one = mention_in(check->am, files.gl_pathv[i]);

		if (one.socket)
			*needed = true;
		if (one.old > 0)
			check_say(check, DOUBTFUL, "mta", "%s asks on the old "
			    "socket: %s:%u: the next release has only "
			    SOCKET_STANDARD ": let it ask there", mta->name,
			    files.gl_pathv[i], one.old);
		if (one.line > 0 && file == NULL) {
			first_one = one;
			file = files.gl_pathv[i];
		}
	}
	if (file != NULL)
		check_say(check, GOOD, "mta", "%s asks: %s:%u", mta->name,
		    file, first_one.line);
	else if (here)
		check_say(check, DOUBTFUL, "mta", "%s is here, and does not "
		    "ask: see %s", mta->name, mta->recipe);
	globfree(&files);
	return here;
}

/* Nobody else may be able to answer where MTAs ask. */
static void
check_path(struct check *check, const struct endpoint *endpoint)
{
	const char *user = check->am->config.user, *wrong;
	const struct passwd *pw = getpwnam(user);
	char where[PATH_MAX];

	if (!endpoint_is_path(endpoint))
		return;
	if (strcmp(endpoint->text, SOCKET_OLD) == 0) {
		check_say(check, DOUBTFUL, "responder", "%s: members of group "
		    "%s can answer MTAs in its place, and the next release "
		    "refuses it: in socket =, put " SOCKET_STANDARD
		    " in its place",
		    endpoint->text, check->am->config.group);
		return;
	}
	wrong = path_unsafe(endpoint->text, pw != NULL ? pw->pw_uid :
	    geteuid(), where);
	if (wrong != NULL)
		check_say(check, WRONG, "responder", "%s: \"%s\" %s: others "
		    "could answer MTAs there: choose a folder into which only "
		    "root or %s may write", endpoint->text, where, wrong, user);
}

/*
 * Asks about somebody who may relay, if there is one.  A responder that is not
 * there is wrong if some MTA needs it (NEEDED).
 */
static void
check_socket(struct check *check, const struct endpoint *endpoint, bool needed)
{
	char key[AUTHMAP_ADDRESS_SIZE] = NOBODY, heard[SOCKETMAP_REPLY_BYTES];
	const char *wanted = "NOTFOUND ";

	if (authmap_walk(check->tool->am, first, key) == 1)
		key[strcspn(key, "/")] = '\0';
	/* The first address of a network may be excluded, or blocked. */
	if (authmap_lookup(check->tool->am, key, NULL) == 1)
		wanted = "OK OK";
	if (ask_responder(endpoint, "relay", key, deadline_in(PATIENCE_MS),
	    heard) == -1) {
		bool absent = errno == ENOENT || errno == ECONNREFUSED;

		check_say(check, needed || !absent ? WRONG : DOUBTFUL,
		    "responder", "%s: %s: %s authmap-socketmapd%s%s",
		    endpoint->text, strerror(errno), absent ? "start" :
		    "restart", absent ? ", or see its log" : "",
		    needed ? "" : ", if your MTA asks it");
	} else if (strcmp(heard, wanted) != 0)
		check_say(check, WRONG, "responder", "%s: \"%s\" for %s, and "
		    "not \"%s\": see its log, or restart it", endpoint->text,
		    heard, key, wanted);
	else
		check_say(check, GOOD, "responder", "%s answers \"%s\" for "
		    "%s", endpoint->text, heard, key);
}

void
check_mtas(struct check *check)
{
	const char *sockets = config_text(&check->am->config, CONFIG_SOCKET);
	struct endpoint endpoint;
	bool any = false, needed = false;

	for (size_t i = 0; i < sizeof mtas / sizeof *mtas; i++)
		if (check_mta(check, &mtas[i], &needed))
			any = true;
	if (!any)
		check_say(check, DOUBTFUL, "mta", "none that we know is here");
	while (endpoint_next(&sockets, &endpoint)) {
		check_path(check, &endpoint);
		check_socket(check, &endpoint, needed);
	}
}
