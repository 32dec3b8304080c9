/* SPDX-License-Identifier: ISC */
/* check: whether sendmail is configured to let the clients in the map relay. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/command.h"
#include "tool/mta-report.h"
#include "tool/mta-text.h"
#include "tool/outdated.h"
#include "tool/remedy.h"

#define SENDMAIL_CF "/etc/mail/sendmail.cf"
#define SENDMAIL_MC "/etc/mail/sendmail.mc"

/* Debian's daemon writes it when it starts. */
#define PID_FILE "/run/sendmail/mta/sendmail.pid"

#define NAME_BYTES 64
#define RULESET "\nSLocal_check_rcpt"

/* Copy the name after "K" in LINE to NAME.  Return false if LINE is not a map of
 * class socket. */
static bool
map_name(const char *line, char name[NAME_BYTES])
{
	const char *kind = line + strcspn(line, " \t\n");
	size_t len;

	if (line[0] != 'K')
		return false;
	len = (size_t)(kind - line) - 1;
	kind += strspn(kind, " \t");
	if (len == 0 || len >= NAME_BYTES || strncmp(kind, "socket", 6) != 0 ||
	    strchr(" \t", kind[6]) == NULL)
		return false;
	memcpy(name, line + 1, len);
	name[len] = '\0';
	return true;
}

/* Return whether a rule of TEXT has a lookup in the map NAME. */
static bool
is_used(const char *text, const char *name)
{
	char lookup[NAME_BYTES + 4];

	(void)snprintf(lookup, sizeof lookup, "$(%s ", name);
	return strstr(text, lookup) != NULL;
}

/* Write to SOCKET the socket of the map of LINE: its argument is local:PATH or
 * inet:PORT@HOST. */
static bool
map_socket(const char *line, char socket[PATH_MAX])
{
	char copy[PATH_MAX];
	const char *path, *host;
	size_t len;

	(void)snprintf(copy, sizeof copy, "%.*s", (int)strcspn(line, "\n"), line);
	len = mta_text_between(copy, " local:", " \t", &path);
	if (len == 0)
		len = mta_text_between(copy, " unix:", " \t", &path);
	if (len > 0) {
		(void)snprintf(socket, PATH_MAX, "%.*s", (int)len, path);
		return true;
	}
	len = mta_text_between(copy, " inet:", " \t", &path);
	host = memchr(path, '@', len);
	if (len == 0 || host == NULL)
		return false;
	(void)snprintf(socket, PATH_MAX, "inet:%.*s:%.*s",
	    (int)(path + len - host - 1), host + 1, (int)(host - path), path);
	return true;
}

/* Return the line of the map that asks whether a client may relay.  Skip the map
 * that asks for the user, which may have the same socket. */
static const char *
map_find(const char *text, char name[NAME_BYTES], char socket[PATH_MAX])
{
	for (const char *line = text; line != NULL;) {
		if (map_name(line, name) && map_socket(line, socket) &&
		    is_used(text, name) && strcmp(name, "popuser") != 0 &&
		    strcmp(name, "user") != 0)
			return line;
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return NULL;
}

/* Return whether Local_check_rcpt, which decides about relaying, has a rule. */
static bool
has_rules(const char *text)
{
	for (const char *at = strstr(text, RULESET); at != NULL;
	    at = strstr(at, RULESET)) {
		at += strlen(RULESET);
		at = strchr(at, '\n');
		if (at == NULL)
			return false;
		if (at[1] == 'R')
			return true;
	}
	return false;
}

static void
say_silent(struct check *check, const struct mta *mta)
{
	char *text = mta_text_read(SENDMAIL_MC);

	if (text != NULL && strstr(text, "authmap") != NULL)
		check_say(check, FINDING_WRONG, "mta",
		    "sendmail: " SENDMAIL_CF " was not "
		    "made since " SENDMAIL_MC " includes authmap.mc: "
		    "sendmailconfig, and restart sendmail");
	else
		mta_say_silent(check, mta);
	free(text);
}

/*
 * Return sendmail's own program: Debian's "sendmail" may be a link to another MTA.
 */
static const char *
program(void)
{
	return access("/usr/libexec/sendmail/sendmail", X_OK) == 0 ?
	    "/usr/libexec/sendmail/sendmail" : "sendmail";
}

/*
 * Ask by "sendmail -bt", which applies the rules to a client with the probe address.
 */
static void
probe(struct check *check, const struct mta *mta)
{
	static const char returns[] = "Local_check_rcpt returns: ";
	const char *const argv[] = { program(), "-bt", NULL };
	char input[256], *answer = NULL;
	const struct command command = { .argv = argv, .input = input };
	struct command_result result;

	(void)snprintf(input, sizeof input, ".D{client_addr}%s%s\n"
	    "Local_check_rcpt <probe@authmap-check.invalid>\n/quit\n",
	    strchr(check->probe, ':') != NULL ? "IPv6:" : "", check->probe);
	if (command_run(&command, &result))
		answer = strstr(result.out, returns);
	if (answer != NULL) {
		answer += strlen(returns);
		answer[strcspn(answer, "\n")] = '\0';
	}
	mta_say_probed(check, mta, answer != NULL &&
	    strcmp(answer, "$# OK") == 0, answer != NULL ? answer :
	    command_trouble(&result));
	command_free(&result);
}

static bool
check_sendmail(struct check *check, const struct mta *mta)
{
	char *text = mta_text_read(SENDMAIL_CF);
	char name[NAME_BYTES], socket[PATH_MAX], place[128];

	if (text == NULL)
		return access(SENDMAIL_CF, F_OK) == 0 ?
		    (mta_say_silent(check, mta), true) : false;
	if (map_find(text, name, socket) == NULL)
		say_silent(check, mta);
	else if (!has_rules(text))
		check_say(check, FINDING_WRONG, "mta", "sendmail: the ruleset "
		    "Local_check_rcpt has no rule, so the map %s is not asked: "
		    "follow " REMEDY_RECIPES "/%s", name, mta->recipe);
	else {
		(void)snprintf(place, sizeof place, SENDMAIL_CF ", map %s",
		    name);
		mta_say_asks(check, mta, place, socket, NULL);
		if (outdated(SENDMAIL_CF, PID_FILE))
			check_say(check, FINDING_DOUBTFUL, "mta", "sendmail: "
			    SENDMAIL_CF " was changed after the daemon had read "
			    "it: restart sendmail");
		if (check->probe != NULL)
			probe(check, mta);
	}
	free(text);
	return true;
}

const struct mta mta_sendmail = { "sendmail", "sendmail-authmap.mc",
    check_sendmail };
