/* SPDX-License-Identifier: ISC */
/* check: whether Exim is configured to let the clients in the map relay. */
#include <sys/stat.h>

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/handle.h"
#include "tool/command.h"
#include "tool/doveconf-setting.h"
#include "tool/exim-acl.h"
#include "tool/mta-report.h"
#include "tool/mta-text.h"
#include "tool/remedy.h"

/* The files of Debian's configuration; see exim-authmap.conf. */
#define MACRO "MAIN_ACL_CHECK_RCPT"
#define ACL_FILE "/etc/exim4/authmap.conf"
#define DEBIAN_CONF "/etc/exim4/update-exim4.conf.conf"
#define MACRO_FILE "/etc/exim4/exim4.conf.localmacros"
#define MACRO_FILE_SPLIT "/etc/exim4/conf.d/main/000_localmacros"
/* The timeout of a session, in which Exim also asks name servers. */
#define SESSION_MS 20000

#define MACRO_FILES MACRO_FILE " /etc/exim4/conf.d/main/* " \
	"/etc/exim4/exim4.conf.template"

struct exim {
	struct check *check;
	const struct mta *mta;
	char program[PATH_MAX];
	char acl[PATH_MAX];		/* acl_smtp_rcpt */
	char user[64];			/* exim_user */
};

/* Find the program; Debian calls it exim4. */
static bool
program_find(char path[PATH_MAX])
{
	return command_find("exim4", path) || command_find("exim", path);
}

/* Return whether Debian's configuration is split into many files. */
static bool
is_split(void)
{
	char *text = mta_text_read(DEBIAN_CONF);
	bool split = text != NULL &&
	    strstr(text, "dc_use_split_config='true'") != NULL;

	free(text);
	return split;
}

/* Return whether a line of FILE that is not a comment sets the macro to ACL_FILE. */
static bool
file_has_macro(const char *file)
{
	char *text = mta_text_read(file);
	bool has = false;

	for (const char *at = text != NULL ? strstr(text, MACRO) : NULL;
	    !has && at != NULL; at = strstr(at, MACRO)) {
		at += strlen(MACRO);
		at += strspn(at, " \t");
		has = *at == '=' && strncmp(at + 1 + strspn(at + 1, " \t"),
		    ACL_FILE, strlen(ACL_FILE)) == 0;
	}
	free(text);
	return has;
}

/* Write to FOUND the file that sets the macro.  Return false if there is none. */
static bool
macro_find(char found[PATH_MAX])
{
	char patterns[] = MACRO_FILES, *rest = patterns, *pattern;
	bool has = false;
	glob_t files;

	while (!has && (pattern = strsep(&rest, " ")) != NULL) {
		if (glob(pattern, 0, NULL, &files) != 0)
			continue;
		for (size_t i = 0; !has && i < files.gl_pathc; i++) {
			has = file_has_macro(files.gl_pathv[i]);
			if (has)
				(void)strlcpy(found, files.gl_pathv[i],
				    PATH_MAX);
		}
		globfree(&files);
	}
	return has;
}

/* Report that the recipe was copied but Exim uses another ACL for RCPT. */
static void
say_unused(const struct exim *exim)
{
	const char *file = is_split() ? MACRO_FILE_SPLIT : MACRO_FILE;
	const char *reload = remedy_has_systemd() ? "systemctl reload exim4" :
	    "reload Exim";
	char found[PATH_MAX];

	if (access(DEBIAN_CONF, F_OK) == -1)
		check_say(exim->check, FINDING_WRONG, "mta", "Exim does not use "
		    ACL_FILE ": acl_smtp_rcpt is %s: set it to " ACL_FILE
		    " and reload Exim", exim->acl);
	else if (!macro_find(found))
		check_say(exim->check, FINDING_WRONG, "mta", "Exim does not use "
		    ACL_FILE ": write " MACRO " = " ACL_FILE " into %s, then "
		    "update-exim4.conf; %s", file, reload);
	else if (strcmp(found, file) == 0)
		check_say(exim->check, FINDING_WRONG, "mta", "Exim does not use "
		    ACL_FILE " yet: update-exim4.conf; %s", reload);
	else
		check_say(exim->check, FINDING_WRONG, "mta", "Exim does not use "
		    ACL_FILE ": %s, where " MACRO " is set, is not read: set it "
		    "in %s, then update-exim4.conf; %s", found, file, reload);
}

/* Return whether Exim says that it was built with another library than gdbm. */
static bool
lacks_gdbm(const struct exim *exim)
{
	struct command_result result;
	bool lacks = command_ask((const char *const[]){ exim->program, "-bV",
	    NULL }, &result) && strstr(result.out, "Berkeley DB") != NULL;

	command_free(&result);
	return lacks;
}

/* Check that an Exim built with gdbm can read the map at PATH. */
static void
check_map_file(const struct exim *exim, const char *path)
{
	struct stat st;

	exim->check->mta_asks = true;
	if (strcmp(path, exim->check->am->files.map) != 0)
		check_say(exim->check, FINDING_WRONG, "mta",
		    "Exim reads %s, and the map is %s: set AUTHMAP_MAP; "
		    "see " REMEDY_RECIPES
		    "/exim-gdbm.conf", path, exim->check->am->files.map);
	else if (lacks_gdbm(exim))
		check_say(exim->check, FINDING_WRONG, "mta",
		    "Exim reads %s itself, but was built with Berkeley DB, not with "
		    "gdbm, so it asks all clients to try later: follow "
		    REMEDY_RECIPES "/%s, which asks the responder", path,
		    exim->mta->recipe);
	else if (stat(path, &st) == 0 && (st.st_mode & 0004) == 0)
		check_say(exim->check, FINDING_WRONG, "mta",
		    "Exim's user %s may not read %s: set map_mode = 0664 in "
		    "%s", exim->user, path,
		    exim->check->am->config.file);
	else
		check_say(exim->check, FINDING_GOOD, "mta", "Exim reads %s itself",
		    path);
}

/* Report where TEXT, the ACL for RCPT, asks.  Return false if it does not ask. */
static bool
check_acl(const struct exim *exim, const char *text)
{
	const char *late = strstr(text, "relay not permitted");
	const char *path;
	char copy[PATH_MAX];
	size_t len = mta_text_between(text, "readsocket{", "}, \n", &path);
	bool socket = len > 0;

	if (len == 0)
		len = mta_text_between(text, "dbmnz{", "}, \n", &path);
	if (len == 0 || len >= sizeof copy)
		return false;
	memcpy(copy, path, len);
	copy[len] = '\0';
	if (late != NULL && late < path)
		check_say(exim->check, FINDING_WRONG, "mta",
		    "Exim refuses (\"relay not permitted\") before it asks: "
		    "follow " REMEDY_RECIPES "/%s, "
		    "which asks first", exim->mta->recipe);
	else if (socket)
		mta_say_asks(exim->check, exim->mta, exim->acl, copy,
		    exim->user);
	else
		check_map_file(exim, copy);
	return true;
}

/* Return the reply to RCPT among the replies OUT, which is cut.  It is the fourth:
 * before it are those to the connection, to EHLO and to MAIL. */
static const char *
rcpt_reply(char *out)
{
	const char *reply = "no answer";
	int number = 0;
	char *line;

	while (number < 4 && (line = strsep(&out, "\n")) != NULL) {
		line[strcspn(line, "\r")] = '\0';
		if (strspn(line, "0123456789") != 3 || line[3] == '-')
			continue;
		reply = line;
		number++;
	}
	return reply;
}

/* Ask Exim about the probe address by "exim -bh", a session that accepts no mail. */
static void
probe(const struct exim *exim)
{
	const char *const argv[] = { exim->program, "-bh", exim->check->probe,
	    NULL };
	const struct command command = { .argv = argv, .timeout_ms = SESSION_MS,
	    .input = "EHLO authmap-check.invalid\r\nMAIL FROM:<>\r\n"
		"RCPT TO:<probe@authmap-check.invalid>\r\nQUIT\r\n" };
	struct command_result result;
	const char *reply;

	reply = command_run(&command, &result) ? rcpt_reply(result.out) :
	    command_trouble(&result);
	mta_say_probed(exim->check, exim->mta, strncmp(reply, "250", 3) == 0,
	    reply);
	command_free(&result);
}

/* Check the ACL for RCPT in CONFIG, the output of exim -bP. */
static void
check_config_text(const struct exim *exim, const char *config)
{
	char *text = exim_acl(config, exim->acl);
	const char *hosts = strstr(config, "\nhostlist relay_from_hosts");
	char *line = NULL;

	if (hosts != NULL)
		line = strndup(hosts + 1, strcspn(hosts + 1, "\n"));
	if (text == NULL)
		check_say(exim->check, FINDING_WRONG, "mta",
		    "Exim: acl_smtp_rcpt is %s, which cannot be read: "
		    "follow " REMEDY_RECIPES "/%s",
		    exim->acl, exim->mta->recipe);
	else if (!check_acl(exim, text) &&
	    (line == NULL || !check_acl(exim, line))) {
		if (access(ACL_FILE, F_OK) == 0)
			say_unused(exim);
		else
			mta_say_silent(exim->check, exim->mta);
	}
	if (exim->check->probe != NULL)
		probe(exim);
	free(text);
	free(line);
}

/* Return whether Exim's configuration exists.  If another MTA has replaced Exim, its
 * program may still be there. */
static bool
is_here(const char *program)
{
	struct command_result result;
	char *newline;
	bool here = command_ask((const char *const[]){ program, "-bP",
	    "configure_file", NULL }, &result);

	if (here) {
		newline = strchr(result.out, '\n');
		if (newline != NULL)
			*newline = '\0';
		here = access(result.out, F_OK) == 0;
	}
	command_free(&result);
	return here;
}

static bool
check_exim(struct check *check, const struct mta *mta)
{
	struct exim exim = { .check = check, .mta = mta };
	struct command_result options, config;

	if (!program_find(exim.program) || !is_here(exim.program))
		return false;
	if (!command_ask((const char *const[]){ exim.program, "-bP",
	    "acl_smtp_rcpt", "exim_user", NULL }, &options))
		check_say(check, FINDING_WRONG, "mta", "Exim: %s",
		    command_trouble(&options));
	else if (!command_ask((const char *const[]){ exim.program, "-bP",
	    "config", NULL }, &config)) {
		check_say(check, geteuid() == 0 ? FINDING_WRONG :
		    FINDING_DOUBTFUL, "mta",
		    "Exim: %s%s", command_trouble(&config), geteuid() == 0 ?
		    "" : ": run authmap check as root");
		command_free(&config);
	} else {
		(void)setting_value(options.out, "exim_user", exim.user,
		    sizeof exim.user);
		if (setting_value(options.out, "acl_smtp_rcpt", exim.acl,
		    sizeof exim.acl))
			check_config_text(&exim, config.out);
		else
			mta_say_silent(check, mta);
		command_free(&config);
	}
	command_free(&options);
	return true;
}

const struct mta mta_exim = { "Exim", "exim-authmap.conf", check_exim };
