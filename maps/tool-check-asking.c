/* check: does the responder answer, and who is set up to ask it? */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "check.h"

#define PATIENCE 1000		/* milliseconds */

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

/* What ought to be heard about somebody, and is it?  Somebody who may relay,
 * if there is one. */
static void
check_socket(struct check *check, const struct endpoint *endpoint)
{
	char key[AUTHMAP_ADDRESS_SIZE] = NOBODY, heard[ANSWER_SIZE];
	const char *wanted = "NOTFOUND ";

	if (authmap_walk(check->tool->am, first, key) == 1) {
		key[strcspn(key, "/")] = '\0';
		wanted = "OK OK";
	}
	if (!ask_responder(endpoint, "relay", key, deadline_in(PATIENCE),
	    heard))
		check_say(check, errno == ENOENT || errno == ECONNREFUSED ?
		    DOUBTFUL : WRONG, "responder", "%s: %s: start "
		    "authmap-socketmapd, if your MTA asks it", endpoint->text,
		    strerror(errno));
	else if (strcmp(heard, wanted) != 0)
		check_say(check, WRONG, "responder", "%s: \"%s\" for %s, and "
		    "not \"%s\": see its log, or restart it", endpoint->text,
		    heard, key, wanted);
	else
		check_say(check, GOOD, "responder", "%s answers \"%s\" for "
		    "%s", endpoint->text, heard, key);
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
	while (endpoint_next(&sockets, &endpoint))
		if (strstr(line, endpoint.text) != NULL)
			return true;
	return strstr(line, "authmap") != NULL ||
	    strstr(line, am->files.map) != NULL;
}

/* The number of the first line of FILE that does, or 0. */
static unsigned int
line_of_ours(const struct authmap *am, const char *file)
{
	FILE *in = fopen(file, "re");
	char *line = NULL;
	size_t size = 0;
	unsigned int number = 0, found = 0;

	if (in == NULL)
		return 0;
	while (found == 0 && getline(&line, &size, in) != -1) {
		number++;
		if (speaks_of_us(am, line))
			found = number;
	}
	free(line);
	(void)fclose(in);
	return found;
}

/* One line about an MTA that is here; returns whether it is. */
static bool
check_mta(struct check *check, const struct mta *mta)
{
	char patterns[512], *rest = patterns, *pattern;
	glob_t files = { .gl_pathc = 0 };
	unsigned int line = 0;
	size_t i = 0;
	int flags = 0;

	(void)strlcpy(patterns, mta->files, sizeof patterns);
	while ((pattern = strsep(&rest, " ")) != NULL) {
		(void)glob(pattern, flags, NULL, &files);
		flags = GLOB_APPEND;
	}
	while (i < files.gl_pathc &&
	    (line = line_of_ours(check->am, files.gl_pathv[i])) == 0)
		i++;
	if (line > 0)
		check_say(check, GOOD, "mta", "%s asks: %s:%u", mta->name,
		    files.gl_pathv[i], line);
	else if (files.gl_pathc > 0)
		check_say(check, DOUBTFUL, "mta", "%s is here, and does not "
		    "ask: see %s", mta->name, mta->recipe);
	i = files.gl_pathc;
	globfree(&files);
	return i > 0;
}

void
check_asking(struct check *check)
{
	const char *sockets = config_text(&check->am->config, CONFIG_SOCKET);
	struct endpoint endpoint;
	bool any = false;

	while (endpoint_next(&sockets, &endpoint))
		check_socket(check, &endpoint);
	for (size_t i = 0; i < sizeof mtas / sizeof *mtas; i++)
		if (check_mta(check, &mtas[i]))
			any = true;
	if (!any)
		check_say(check, DOUBTFUL, "mta", "none that we know is here");
}
