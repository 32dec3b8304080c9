/* SPDX-License-Identifier: ISC */
/* check: does Dovecot, as it is configured, record logins? */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/handle.h"
#include "base/whole.h"
#include "tool/check.h"
#include "tool/command.h"
#include "tool/doveconf.h"
#include "tool/dovecot.h"
#include "tool/dovecot-postlogin.h"
#include "tool/remedy.h"
#include "tool/setting.h"

/* What README says under "Install"; the package has the file already. */
#define FILE_OF_OURS "/etc/dovecot/conf.d/95-authmap.conf"
#define COPY_FORMAT "cp " REMEDY_RECIPES "/dovecot-%s-authmap.conf " \
	FILE_OF_OURS "; doveadm reload"
#define SWITCHED_OFF "\n#!include_try"
#define SWITCH_ON "sed -i 's/^#!include_try/!include_try/' " FILE_OF_OURS \
	"; doveadm reload"

/* What is known of the Dovecot of this host. */
struct dovecot {
	struct check *check;
	char series[DOVECOT_SERIES];	/* "2.3" */
	char copy[sizeof COPY_FORMAT + DOVECOT_SERIES];
	char modules[PATH_MAX];		/* mail_plugin_dir */
	unsigned int asked;		/* protocols that serve mailboxes */
	unsigned int recorded;		/* those of them that record their logins */
	unsigned int plugins;		/* those of them that load the plugin */
};

/* Is the map's group, by its name or number, set in the setting NAME? */
static bool
has_group(const struct dovecot *dovecot, const char *protocol,
    const char *name)
{
	const char *group = dovecot->check->am->config.group;
	const struct group *gr = getgrnam(group);
	char number[16];

	if (doveconf_has(protocol, name, group))
		return true;
	if (gr == NULL)
		return false;
	(void)snprintf(number, sizeof number, "%u", (unsigned int)gr->gr_gid);
	return doveconf_has(protocol, name, number);
}

/* Any of these makes the mail processes of PROTOCOL members of the map's group. */
static bool
is_in_group(const struct dovecot *dovecot, const char *protocol)
{
	char extra[64];

	(void)snprintf(extra, sizeof extra, "service/%s/extra_groups", protocol);
	return has_group(dovecot, protocol, "mail_access_groups") ||
	    has_group(dovecot, protocol, "mail_gid") ||
	    has_group(dovecot, NULL, extra);
}

static void
say_group(const struct dovecot *dovecot, const char *protocol)
{
	check_say(dovecot->check, WRONG, "dovecot", "the %s processes are not in "
	    "group %s, so none of their logins is recorded: add it to "
	    "mail_access_groups as " REMEDY_RECIPES "/dovecot-%s-authmap.conf "
	    "does; doveadm reload", protocol, dovecot->check->am->config.group,
	    dovecot->series);
}

/* Without the program, nobody can log in. */
static void
check_postlogin(const struct dovecot *dovecot, const char *protocol,
    const struct postlogin *postlogin)
{
	char group[96];

	(void)snprintf(group, sizeof group, "service/%s/group",
	    postlogin->service);
	if (access(postlogin->program, X_OK) == -1)
		check_say(dovecot->check, WRONG, "dovecot", "%s, which %s runs, "
		    "is not there, and each login fails: install authmap, or "
		    "name its path in service %s", postlogin->program, protocol,
		    postlogin->service);
	else if (!has_group(dovecot, NULL, group))
		check_say(dovecot->check, WRONG, "dovecot", "service %s does not "
		    "run in group %s, so no login over %s is recorded: set "
		    "group there as " REMEDY_RECIPES
		    "/dovecot-%s-postlogin.conf does; doveadm reload",
		    postlogin->service, dovecot->check->am->config.group,
		    protocol, dovecot->series);
	else
		check_say(dovecot->check, GOOD, "dovecot", "%s records its "
		    "logins, by %s", protocol, postlogin->service);
}

/* Does PROTOCOL load the plugin?  Dovecot 2.4 takes "$mail_plugins" of 2.3 for the
 * name of a plugin, and each login fails. */
static void
check_protocol(struct dovecot *dovecot, const char *protocol)
{
	struct postlogin postlogin = { .program = "" };

	if (!doveconf_has(NULL, "protocols", protocol))
		return;
	dovecot->asked++;
	if (doveconf_has(protocol, "mail_plugins", "$")) {
		check_say(dovecot->check, WRONG, "dovecot", "mail_plugins of %s "
		    "is written as for Dovecot 2.3, and each login fails: %s",
		    protocol, dovecot->copy);
		dovecot->recorded++;
	} else if (doveconf_has(protocol, "mail_plugins", "authmap")) {
		dovecot->recorded++;
		dovecot->plugins++;
		if (is_in_group(dovecot, protocol))
			check_say(dovecot->check, GOOD, "dovecot", "%s records "
			    "its logins", protocol);
		else
			say_group(dovecot, protocol);
	} else if (postlogin_find(protocol, &postlogin)) {
		dovecot->recorded++;
		check_postlogin(dovecot, protocol, &postlogin);
	}
}

/* The command that enables the plugin. */
static const char *
enable(const struct dovecot *dovecot)
{
	char why[WHOLE_WHY_BYTES];
	size_t len;
	char *text = whole_read(FILE_OF_OURS, &len, why);
	bool off = text != NULL && strstr(text, SWITCHED_OFF) != NULL;

	free(text);
	return off ? SWITCH_ON : dovecot->copy;
}

/* Some record their logins and others do not: perhaps on purpose. */
static void
say_unrecorded(const struct dovecot *dovecot)
{
	if (dovecot->asked == 0)
		check_say(dovecot->check, GOOD, "dovecot", "serves neither imap "
		    "nor pop3");
	else if (dovecot->recorded == 0)
		check_say(dovecot->check, WRONG, "dovecot", "the plugin is not "
		    "enabled, so no login is recorded: %s", enable(dovecot));
	else if (dovecot->recorded < dovecot->asked)
		check_say(dovecot->check, DOUBTFUL, "dovecot", "only the logins "
		    "of one of imap and pop3 are recorded: %s",
		    enable(dovecot));
}

/* Is the plugin there, and of this Dovecot?  An other one refuses each login. */
static void
check_plugin(const struct dovecot *dovecot)
{
	char path[PATH_MAX + 32], built_for[DOVECOT_ABI], is[DOVECOT_ABI];

	(void)snprintf(path, sizeof path, "%s/lib_authmap_plugin.so",
	    dovecot->modules);
	if (access(path, R_OK) == -1) {
		check_say(dovecot->check, WRONG, "dovecot", "%s is not there, "
		    "and each login fails: install dovecot-authmap, or make "
		    "install", path);
		return;
	}
	if (!dovecot_abi_of(path, built_for) || !dovecot_abi(is))
		return;
	if (strcmp(built_for, is) != 0)
		check_say(dovecot->check, WRONG, "dovecot", "%s is for %s, and "
		    "Dovecot is %s: each login fails: install the "
		    "dovecot-authmap of this Dovecot, or make clean install",
		    path, built_for, is);
	else
		check_say(dovecot->check, GOOD, "dovecot", "%s is for this "
		    "Dovecot, %s", path, is);
}

static void
check_running(const struct dovecot *dovecot, const char *base)
{
	switch (dovecot_running(base)) {
	case DOVECOT_DOWN:
		check_say(dovecot->check, DOUBTFUL, "dovecot", "is not running: "
		    "%s", remedy_has_systemd() ? "systemctl start dovecot" :
		    "start it");
		break;
	case DOVECOT_REPLACED:
		check_say(dovecot->check, WRONG, "dovecot", "was upgraded, and "
		    "the version before it still runs: %s",
		    remedy_has_systemd() ? "systemctl restart dovecot" :
		    "restart it");
		break;
	default:
		break;
	}
}

/* The error names a file of ours if it is the file of the other series. */
static void
say_broken(const struct dovecot *dovecot, const char *why)
{
	if (strstr(why, "authmap") != NULL)
		check_say(dovecot->check, WRONG, "dovecot", "%s: the file is not "
		    "for Dovecot %s: %s", why, dovecot->series, dovecot->copy);
	else if (geteuid() != 0)
		check_say(dovecot->check, DOUBTFUL, "dovecot", "%s: run authmap "
		    "check as root", why);
	else
		check_say(dovecot->check, WRONG, "dovecot", "%s: correct it; "
		    "doveadm reload", why);
}

void
check_dovecot(struct check *check)
{
	struct dovecot dovecot = { .check = check };
	struct command_result result;
	char path[PATH_MAX], base[PATH_MAX];

	if (!command_find("doveconf", path)) {
		check_say(check, GOOD, "dovecot", "is not installed here");
		return;
	}
	dovecot_series(dovecot.series);
	(void)snprintf(dovecot.copy, sizeof dovecot.copy, COPY_FORMAT,
	    dovecot.series);
	if (!doveconf(NULL, "mail_plugin_dir", &result)) {
		say_broken(&dovecot, command_trouble(&result));
		command_free(&result);
		return;
	}
	(void)setting_value(result.out, "mail_plugin_dir", dovecot.modules,
	    sizeof dovecot.modules);
	command_free(&result);
	check_protocol(&dovecot, "imap");
	check_protocol(&dovecot, "pop3");
	say_unrecorded(&dovecot);
	if (dovecot.plugins > 0)
		check_plugin(&dovecot);
	if (doveconf_value("base_dir", base, sizeof base))
		check_running(&dovecot, base);
}
