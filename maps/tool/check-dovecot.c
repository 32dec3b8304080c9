/* SPDX-License-Identifier: ISC */
/* check: whether Dovecot is configured to record logins. */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/handle.h"
#include "base/read-file.h"
#include "tool/check.h"
#include "tool/command.h"
#include "tool/doveconf-setting.h"
#include "tool/doveconf.h"
#include "tool/dovecot-postlogin.h"
#include "tool/dovecot.h"
#include "tool/remedy.h"

/* The commands of README, "Install".  The package has installed the file already. */
#define FILE_OF_OURS "/etc/dovecot/conf.d/95-authmap.conf"
#define COPY_FORMAT "cp " REMEDY_RECIPES "/dovecot-%s-authmap.conf " \
	FILE_OF_OURS "; doveadm reload"
#define SWITCHED_OFF "\n#!include_try"
#define SWITCH_ON "sed -i 's/^#!include_try/!include_try/' " FILE_OF_OURS \
	"; doveadm reload"

struct dovecot {
	struct check *check;
	char series[DOVECOT_SERIES];	/* "2.3" */
	char copy[sizeof COPY_FORMAT + DOVECOT_SERIES];
	char modules[PATH_MAX];		/* mail_plugin_dir */
	unsigned int asked;		/* protocols that serve mailboxes */
	unsigned int recorded;		/* those that record their logins */
	unsigned int plugins;		/* those that load the plugin */
};

/* Return whether the setting NAME has the map's group, by its name or number. */
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

/* Return whether a setting makes the mail processes of PROTOCOL members of the map's
 * group. */
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
	check_say(dovecot->check, FINDING_WRONG, "dovecot",
	    "the %s processes are not in group %s, so none of their logins is "
	    "recorded: add it to mail_access_groups "
	    "as " REMEDY_RECIPES "/dovecot-%s-authmap.conf "
	    "does; doveadm reload", protocol, dovecot->check->am->config.group,
	    dovecot->series);
}

/* Check the post-login script.  If its program is missing, every login fails. */
static void
check_postlogin(const struct dovecot *dovecot, const char *protocol,
    const struct postlogin *postlogin)
{
	char group[96], extra[96];

	(void)snprintf(group, sizeof group, "service/%s/group",
	    postlogin->service);
	(void)snprintf(extra, sizeof extra, "service/%s/extra_groups",
	    postlogin->service);
	if (access(postlogin->program, X_OK) == -1)
		check_say(dovecot->check, FINDING_WRONG, "dovecot", "%s, which %s "
		    "runs, does not exist, so every login fails: install "
		    "authmap, or correct its path in service %s",
		    postlogin->program, protocol, postlogin->service);
	else if (postlogin_is_closed(protocol, postlogin))
		check_say(dovecot->check, FINDING_WRONG, "dovecot", "service %s is "
		    "closed to the %s processes, of which each serves several "
		    "sessions, so logins fail: set user of its unix_listener as "
		    REMEDY_RECIPES "/dovecot-%s-postlogin.conf says; "
		    "doveadm reload", postlogin->service, protocol,
		    dovecot->series);
	else if (!has_group(dovecot, NULL, group) &&
	    !has_group(dovecot, NULL, extra))
		check_say(dovecot->check, FINDING_WRONG, "dovecot",
		    "service %s does not run in group %s, so no login over %s is "
		    "recorded: set group there as " REMEDY_RECIPES
		    "/dovecot-%s-postlogin.conf does; doveadm reload",
		    postlogin->service, dovecot->check->am->config.group,
		    protocol, dovecot->series);
	else
		check_say(dovecot->check, FINDING_GOOD, "dovecot", "%s records its "
		    "logins, by %s", protocol, postlogin->service);
}

/* Check whether PROTOCOL loads the plugin.  Dovecot 2.4 takes "$mail_plugins" of 2.3
 * for the name of a plugin, so every login fails. */
static void
check_protocol(struct dovecot *dovecot, const char *protocol)
{
	struct postlogin postlogin = { .program = "" };

	if (!doveconf_has(NULL, "protocols", protocol))
		return;
	dovecot->asked++;
	if (doveconf_has(protocol, "mail_plugins", "$")) {
		check_say(dovecot->check, FINDING_WRONG, "dovecot",
		    "mail_plugins of %s is written as for Dovecot 2.3, so every "
		    "login fails: %s",
		    protocol, dovecot->copy);
		dovecot->recorded++;
	} else if (doveconf_has(protocol, "mail_plugins", "authmap")) {
		dovecot->recorded++;
		dovecot->plugins++;
		if (is_in_group(dovecot, protocol))
			check_say(dovecot->check, FINDING_GOOD, "dovecot",
			    "%s records its logins", protocol);
		else
			say_group(dovecot, protocol);
	} else if (postlogin_find(protocol, &postlogin)) {
		dovecot->recorded++;
		check_postlogin(dovecot, protocol, &postlogin);
	}
}

/* Return the command that enables the plugin. */
static const char *
enable(const struct dovecot *dovecot)
{
	char why[READ_FILE_WHY_BYTES];
	size_t len;
	char *text = read_whole_file(FILE_OF_OURS, &len, why);
	bool off = text != NULL && strstr(text, SWITCHED_OFF) != NULL;

	free(text);
	return off ? SWITCH_ON : dovecot->copy;
}

/* Report that no protocol records its logins, or only one, which may be intended. */
static void
say_unrecorded(const struct dovecot *dovecot)
{
	if (dovecot->asked == 0)
		check_say(dovecot->check, FINDING_GOOD, "dovecot",
		    "serves neither imap nor pop3");
	else if (dovecot->recorded == 0)
		check_say(dovecot->check, FINDING_WRONG, "dovecot",
		    "the plugin is not enabled, so no login is recorded: "
		    "%s", enable(dovecot));
	else if (dovecot->recorded < dovecot->asked)
		check_say(dovecot->check, FINDING_DOUBTFUL, "dovecot", "only the "
		    "logins over one of imap and pop3 are recorded: %s",
		    enable(dovecot));
}

/* Check that the plugin exists and is for this Dovecot.  With a plugin for another
 * version, every login fails. */
static void
check_plugin(const struct dovecot *dovecot)
{
	char path[PATH_MAX + 32], built_for[DOVECOT_ABI], is[DOVECOT_ABI];

	(void)snprintf(path, sizeof path, "%s/lib_authmap_plugin.so",
	    dovecot->modules);
	if (access(path, R_OK) == -1) {
		check_say(dovecot->check, FINDING_WRONG, "dovecot", "%s does not "
		    "exist, so every login fails: install dovecot-authmap, or "
		    "make install", path);
		return;
	}
	if (!dovecot_abi_of(path, built_for) || !dovecot_abi(is))
		return;
	if (strcmp(built_for, is) != 0)
		check_say(dovecot->check, FINDING_WRONG, "dovecot",
		    "%s is for %s, but Dovecot is %s, so every login fails: install "
		    "the dovecot-authmap of this Dovecot, or make clean install",
		    path, built_for, is);
	else
		check_say(dovecot->check, FINDING_GOOD, "dovecot", "%s is for this "
		    "Dovecot, %s", path, is);
}

/* Check that the plugin reads the configuration that is examined here. */
static void
check_plugin_config(const struct dovecot *dovecot)
{
	const char *file = dovecot->check->am->config.file;
	char set[PATH_MAX];

	if (doveconf_value(strcmp(dovecot->series, "2.3") == 0 ?
	    "plugin/authmap_config" : "authmap_config", set, sizeof set) &&
	    set[0] != '\0' && strcmp(set, file) != 0)
		check_say(dovecot->check, FINDING_DOUBTFUL, "dovecot", "the plugin "
		    "reads %s, as authmap_config says, and not %s: authmap -c %s "
		    "check", set, file, set);
}

static void
check_running(const struct dovecot *dovecot, const char *base)
{
	char file[PATH_MAX];

	switch (dovecot_running(base)) {
	case DOVECOT_DOWN:
		check_say(dovecot->check, FINDING_DOUBTFUL, "dovecot",
		    "is not running: "
		    "%s", remedy_has_systemd() ? "systemctl start dovecot" :
		    "start it");
		break;
	case DOVECOT_REPLACED:
		check_say(dovecot->check, FINDING_WRONG, "dovecot",
		    "was upgraded, but the old version still runs: %s",
		    remedy_has_systemd() ? "systemctl restart dovecot" :
		    "restart it");
		break;
	case DOVECOT_UP:
		if (dovecot_is_outdated(base, file))
			check_say(dovecot->check, FINDING_DOUBTFUL, "dovecot",
			    "%s was changed after Dovecot had read it: doveadm "
			    "reload", file);
		break;
	}
}

/* Report the error WHY of doveconf.  If it names authmap, the file for the other
 * series was copied. */
static void
say_broken(const struct dovecot *dovecot, const char *why)
{
	if (strstr(why, "authmap") != NULL)
		check_say(dovecot->check, FINDING_WRONG, "dovecot",
		    "%s: the file is not for Dovecot %s: "
		    "%s", why, dovecot->series, dovecot->copy);
	else if (geteuid() != 0)
		check_say(dovecot->check, FINDING_DOUBTFUL, "dovecot",
		    "%s: run authmap check as root", why);
	else
		check_say(dovecot->check, FINDING_WRONG, "dovecot",
		    "%s: correct it; doveadm reload", why);
}

void
check_dovecot(struct check *check)
{
	struct dovecot dovecot = { .check = check };
	struct command_result result;
	char path[PATH_MAX], base[PATH_MAX];

	if (!command_find("doveconf", path)) {
		check_say(check, FINDING_GOOD, "dovecot", "is not installed here");
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
	if (dovecot.plugins > 0) {
		check_plugin(&dovecot);
		check_plugin_config(&dovecot);
		check_confined(check);
	}
	if (doveconf_value("base_dir", base, sizeof base))
		check_running(&dovecot, base);
}
