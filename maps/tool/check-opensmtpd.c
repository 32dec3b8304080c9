/* SPDX-License-Identifier: ISC */
/* check: whether OpenSMTPD is configured to let the clients in the map relay. */
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/handle.h"
#include "tool/command.h"
#include "tool/mta-report.h"
#include "tool/mta-text.h"
#include "tool/remedy.h"

/* The most files that are read, since they may include one another. */
#define FILES_MAX 16

static const char *const files[] = { "/etc/smtpd.conf", "/etc/mail/smtpd.conf",
    "/usr/local/etc/mail/smtpd.conf" };

/* Where OpenSMTPD looks for its table programs. */
static const char *const table_folders[] = { "/usr/libexec/opensmtpd",
    "/usr/lib/opensmtpd", "/usr/local/libexec/opensmtpd",
    "/usr/libexec/smtpd" };

/* The settings of the lines that were read so far. */
struct smtpd {
	char table[64];			/* its name; "" if there is none */
	char argument[PATH_MAX];	/* the configuration of authmap */
	bool matched;			/* a rule lets its clients relay */
	char refused[128];		/* an earlier rule that refuses all */
};

/* Copy the next word of *REST, without quotes, to WORD.  Return false if none is
 * left. */
static bool
word_next(const char **rest, char *word, size_t size)
{
	const char *at = *rest + strspn(*rest, " \t");
	size_t len = *at == '"' ? strcspn(at + 1, "\"") + 2 :
	    strcspn(at, " \t");

	if (*at == '\0' || *at == '#')
		return false;
	if (*at == '"')
		(void)snprintf(word, size, "%.*s", (int)len - 2, at + 1);
	else
		(void)snprintf(word, size, "%.*s", (int)len, at);
	*rest = strlen(at) < len ? at + strlen(at) : at + len;
	return true;
}

/* Read the rest of a line "table NAME authmap:FILE". */
static void
table_follow(struct smtpd *smtpd, const char *rest)
{
	char name[64], source[PATH_MAX];
	static const char kind[] = "authmap:";

	if (word_next(&rest, name, sizeof name) &&
	    word_next(&rest, source, sizeof source) &&
	    strncmp(source, kind, strlen(kind)) == 0) {
		(void)strlcpy(smtpd->table, name, sizeof smtpd->table);
		(void)strlcpy(smtpd->argument, source + strlen(kind),
		    sizeof smtpd->argument);
	}
}

/* Read a line "match from src <NAME> for any action ...".  The first rule that
 * matches decides, so an earlier rule that refuses all clients takes precedence. */
static void
match_follow(struct smtpd *smtpd, const char *line)
{
	char wanted[80];

	(void)snprintf(wanted, sizeof wanted, "<%s>", smtpd->table);
	if (smtpd->matched)
		return;
	if (smtpd->table[0] != '\0' && strstr(line, wanted) != NULL &&
	    strstr(line, "from !") == NULL && strstr(line, "action") != NULL)
		smtpd->matched = true;
	else if (strstr(line, "from any") != NULL &&
	    strstr(line, "for any") != NULL && strstr(line, "reject") != NULL &&
	    strchr(line, '<') == NULL && smtpd->refused[0] == '\0')
		(void)strlcpy(smtpd->refused, line, sizeof smtpd->refused);
}

/* A file that is being read. */
struct reading {
	char *text, *rest;
};

/* Open PATH as one more of the DEPTH files at READING.  Return their number. */
static int
file_open(struct reading *reading, int depth, const char *path)
{
	char *text = mta_text_read(path);

	if (text == NULL)
		return depth;
	reading[depth].text = reading[depth].rest = text;
	return depth + 1;
}

/* Read LINE.  If it includes a file, write its path to INCLUDED and return true. */
static bool
line_includes(struct smtpd *smtpd, const char *line, char included[PATH_MAX])
{
	const char *rest = line;
	char word[PATH_MAX];

	if (!word_next(&rest, word, sizeof word))
		return false;
	if (strcmp(word, "include") == 0)
		return word_next(&rest, included, PATH_MAX);
	if (strcmp(word, "table") == 0)
		table_follow(smtpd, rest);
	else if (strcmp(word, "match") == 0)
		match_follow(smtpd, line);
	return false;
}

/* Read the lines of PATH, and of the files that it includes, in their order. */
static void
file_follow(struct smtpd *smtpd, const char *path)
{
	struct reading reading[FILES_MAX];
	int depth = file_open(reading, 0, path), opened = 1;
	char included[PATH_MAX], *line;

	while (depth > 0) {
		line = strsep(&reading[depth - 1].rest, "\n");
		if (line == NULL)
			free(reading[--depth].text);
		else if (line_includes(smtpd, line, included) &&
		    opened++ < FILES_MAX)
			depth = file_open(reading, depth, included);
	}
}

/* Write to PATH the program that OpenSMTPD runs for the table. */
static bool
program_find(char path[PATH_MAX])
{
	for (size_t i = 0; i < sizeof table_folders / sizeof *table_folders; i++) {
		(void)snprintf(path, PATH_MAX, "%s/table-authmap",
		    table_folders[i]);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/* Report if the table's program is missing, and return whether it is: the error of
 * OpenSMTPD does not say which file it wants. */
static bool
program_is_missing(struct check *check, const struct smtpd *smtpd)
{
	char program[PATH_MAX];

	if (smtpd->table[0] == '\0' || program_find(program))
		return false;
	check_say(check, FINDING_WRONG, "mta", "OpenSMTPD: %s/table-authmap does "
	    "not exist: install it, or link it there", table_folders[0]);
	return true;
}

/* Let OpenSMTPD check FILE.  Report an error and return false if it is not valid. */
static bool
is_valid(struct check *check, const char *file)
{
	struct command_result result;
	bool valid = command_ask((const char *const[]){ "smtpd", "-n", "-f",
	    file, NULL }, &result);

	if (!valid)
		check_say(check, geteuid() == 0 ? FINDING_WRONG :
		    FINDING_DOUBTFUL, "mta",
		    "OpenSMTPD: %s%s", command_trouble(&result), geteuid() == 0 ?
		    "" : ": run authmap check as root");
	command_free(&result);
	return valid;
}

static void
say(struct check *check, const struct mta *mta, const struct smtpd *smtpd)
{
	if (smtpd->table[0] == '\0')
		mta_say_silent(check, mta);
	else if (!smtpd->matched)
		check_say(check, FINDING_WRONG, "mta", "OpenSMTPD: no rule lets the "
		    "clients in table %s relay: follow " REMEDY_RECIPES "/%s",
		    smtpd->table, mta->recipe);
	else if (smtpd->refused[0] != '\0')
		check_say(check, FINDING_WRONG, "mta",
		    "OpenSMTPD rejects clients before it asks table %s: move \"%s\" "
		    "behind its rule", smtpd->table,
		    smtpd->refused);
	else if (strcmp(smtpd->argument, check->am->config.file) != 0)
		check_say(check, FINDING_DOUBTFUL, "mta",
		    "OpenSMTPD's table %s reads another configuration, %s: run "
		    "authmap -c %s check",
		    smtpd->table, smtpd->argument, smtpd->argument);
	else
		check_say(check, FINDING_GOOD, "mta", "OpenSMTPD asks by table %s",
		    smtpd->table);
	if (smtpd->matched)
		check->mta_asks = true;
}

/*
 * Return the account that OpenSMTPD runs its tables as, or NULL if it is not known.
 */
static const char *
account(void)
{
	static const char *const names[] = { "opensmtpd", "_smtpd", "smtpd" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (getpwnam(names[i]) != NULL)
			return names[i];
	return NULL;
}

/* Ask the table program about the probe address, as OpenSMTPD does; see
 * smtpd-tables(7). */
static void
probe(struct check *check, const struct mta *mta, const struct smtpd *smtpd)
{
	char program[PATH_MAX], input[512], *answer;
	const char *const argv[] = { program, smtpd->argument, NULL };
	const struct command command = { .argv = argv, .input = input,
	    .user = account() };
	struct command_result result;
	bool ran;

	if (!program_find(program))
		return;
	(void)snprintf(input, sizeof input, "config|ready\n"
	    "table|0.1|0|%s|check|netaddr|1|%s\n", smtpd->table, check->probe);
	ran = command_run(&command, &result);
	answer = ran ? strstr(result.out, "check-result|1|") : NULL;
	if (answer != NULL)
		answer[strcspn(answer, "\n")] = '\0';
	mta_say_probed(check, mta, answer != NULL &&
	    strcmp(answer, "check-result|1|found") == 0, answer != NULL ?
	    answer : command_trouble(&result));
	command_free(&result);
}

static bool
check_opensmtpd(struct check *check, const struct mta *mta)
{
	struct smtpd smtpd = { .table = "" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (access(files[i], F_OK) == 0 && command_find("smtpd", path)) {
			file_follow(&smtpd, files[i]);
			if (program_is_missing(check, &smtpd) ||
			    !is_valid(check, files[i]))
				return true;
			say(check, mta, &smtpd);
			if (check->probe != NULL && smtpd.matched)
				probe(check, mta, &smtpd);
			return true;
		}
	return false;
}

const struct mta mta_opensmtpd = { "OpenSMTPD", "opensmtpd-authmap.conf",
    check_opensmtpd };
