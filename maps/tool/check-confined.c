/* SPDX-License-Identifier: ISC */
/* check: whether SELinux or AppArmor lets Dovecot write the map. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __linux__
#include <sys/xattr.h>
#endif

#include "base/handle.h"
#include "tool/check.h"
#include "tool/mta-text.h"
#include "tool/remedy.h"

#ifdef __linux__

#define ENFORCE "/sys/fs/selinux/enforce"
#define PROFILES "/sys/kernel/security/apparmor/profiles"
#define LOCAL_FORMAT "/etc/apparmor.d/local/usr.lib.dovecot.%s"
#define LABEL_BYTES 256

/* Check the label of the map's folder, which is "user:role:type:level".  In Red
 * Hat's policy, Dovecot may write what has a type of its own. */
static void
check_selinux(struct check *check)
{
	const char *folder = check->am->files.folder;
	FILE *in = fopen(ENFORCE, "re");
	char label[LABEL_BYTES] = "";
	bool enforces = in != NULL && getc(in) == '1';

	if (in != NULL)
		(void)fclose(in);
	if (!enforces || getxattr(folder, "security.selinux", label,
	    sizeof label - 1) <= 0)
		return;
	if (strstr(label, ":dovecot_") != NULL)
		check_say(check, FINDING_GOOD, "dovecot",
		    "SELinux lets it write %s, which is %s", folder, label);
	else
		check_say(check, FINDING_DOUBTFUL, "dovecot", "SELinux may forbid "
		    "it to write %s, which is %s, so that no login is recorded: "
		    "semanage fcontext -a -t dovecot_var_run_t '%s(/.*)?'; "
		    "restorecon -R %s", folder, label, folder, folder);
}

/* Return whether LINE of the list of profiles is that of Dovecot's PROTOCOL, and is
 * enforced: "/usr/lib/dovecot/imap (enforce)", or "dovecot-imap (enforce)". */
static bool
is_enforced(const char *line, const char *protocol)
{
	const char *name = strstr(line, "dovecot");
	char rest[32];

	(void)snprintf(rest, sizeof rest, "%s (enforce)", protocol);
	return name != NULL && name[strlen("dovecot")] != '\0' &&
	    strncmp(name + strlen("dovecot") + 1, rest, strlen(rest)) == 0;
}

static void
check_profile(struct check *check, const char *protocol)
{
	char file[sizeof LOCAL_FORMAT + 16], *own;

	(void)snprintf(file, sizeof file, LOCAL_FORMAT, protocol);
	own = mta_text_read(file);
	if (own == NULL || strstr(own, "authmap") == NULL)
		check_say(check, FINDING_DOUBTFUL, "dovecot", "AppArmor may forbid "
		    "%s to write %s, so that no login is recorded: follow "
		    REMEDY_RECIPES "/apparmor-authmap.conf, with the line in %s",
		    protocol, check->am->files.folder, file);
	free(own);
}

static void
check_apparmor(struct check *check)
{
	static const char *const protocols[] = { "imap", "pop3" };
	FILE *in = fopen(PROFILES, "re");
	size_t room = 0;
	char *line = NULL;

	while (in != NULL && getline(&line, &room, in) > 0)
		for (size_t i = 0; i < 2; i++)
			if (is_enforced(line, protocols[i]))
				check_profile(check, protocols[i]);
	free(line);
	if (in != NULL)
		(void)fclose(in);
}

void
check_confined(struct check *check)
{
	check_selinux(check);
	check_apparmor(check);
}

#else

void
check_confined(struct check *check)
{
	(void)check;
}

#endif
