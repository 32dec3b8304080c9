/* SPDX-License-Identifier: ISC */
#include "daemon/account.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

bool
account_find(const struct authmap *am, struct account *account)
{
	const struct config *config = &am->config;
	const struct passwd *pw;
	const struct group *gr;

	(void)strlcpy(account->name, config->user, sizeof account->name);
	account->uid = geteuid();
	account->gid = getegid();
	if (account->uid != 0)
		return true;
	pw = getpwnam(config->user);
	if (pw == NULL) {
		log_say(&am->log, LOG_ERR, "there is no user \"%s\": make it, "
		    "or set user = in %s", config->user, config->file);
		return false;
	}
	account->uid = pw->pw_uid;
	gr = getgrnam(config->group);
	if (gr == NULL) {
		log_say(&am->log, LOG_ERR, "there is no group \"%s\": make "
		    "it, or set group = in %s", config->group, config->file);
		return false;
	}
	account->gid = gr->gr_gid;
	return true;
}

bool
account_become(const struct authmap *am, const struct account *account)
{
	if (geteuid() != 0)
		return true;
	if (initgroups(account->name, account->gid) == 0 &&
	    setgid(account->gid) == 0 && setuid(account->uid) == 0 &&
	    (account->uid == 0 || setuid(0) == -1))
		return true;
	log_say(&am->log, LOG_ERR, "%s: cannot become this user: %s", account->name,
	    strerror(errno));
	return false;
}

/* The groups of root, while it acts as another account. */
static gid_t groups[NGROUPS_MAX];
static int group_count = -1;	/* -1 if it does not */

int
account_act(const struct account *account, gid_t gid)
{
	int saved;

	if (geteuid() != 0)
		return 0;
	group_count = getgroups(NGROUPS_MAX, groups);
	if (group_count != -1 && setgroups(1, &gid) == 0 &&
	    setegid(gid) == 0 && seteuid(account->uid) == 0)
		return 0;
	saved = errno;
	(void)account_act_end();
	errno = saved;
	return -1;
}

int
account_act_end(void)
{
	size_t count = (size_t)group_count;

	if (group_count == -1)
		return 0;
	group_count = -1;
	return seteuid(0) == 0 && setegid(getgid()) == 0 &&
	    setgroups(count, groups) == 0 ? 0 : -1;
}
