/* SPDX-License-Identifier: ISC */
#include "daemon/folder.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/endpoint.h"

/* Give the folder PATH, which was just made, to ACCOUNT, with MODE.  Return false
 * with errno on an error, also if it was replaced: other users may be able to
 * write to the folder above it. */
static bool
folder_give(const struct account *account, const char *path, mode_t mode)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool given = false;
	struct stat st;
	int saved;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid())
		given = (geteuid() != 0 ||
		    fchown(fd, account->uid, account->gid) == 0) &&
		    fchmod(fd, mode) == 0;
	else
		errno = EPERM;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return given;
}

/* Make PATH with the permissions of ACCOUNT, so that root makes nothing in a folder
 * that ACCOUNT may write.  Return false with errno on an error. */
static bool
folder_make_as(const struct account *account, const char *path, mode_t mode)
{
	bool made;
	int saved;

	if (account_act(account, account->gid) == -1)
		return false;
	made = mkdir(path, 0700) == 0 && folder_give(account, path, mode);
	saved = errno;
	if (account_act_end() == -1)
		return false;
	errno = saved;
	return made;
}

#define LINKS_MAX 16

static const char may_be_written[] = "may be written by others";

/* Replace the first LEN bytes of PATH, which are the symbolic LINK, by its target.
 * Return false if the result is too long. */
static bool
link_follow(char path[PATH_MAX], const char *link, size_t len)
{
	char target[PATH_MAX], whole[PATH_MAX];
	ssize_t n = readlink(link, target, sizeof target - 1);
	size_t beside = 0;

	if (n <= 0)
		return false;
	target[n] = '\0';
	if (target[0] != '/')
		beside = (size_t)(strrchr(link, '/') + 1 - link);
	if (snprintf(whole, sizeof whole, "%.*s%s%s", (int)beside, link, target,
	    path + len) >= (int)sizeof whole)
		return false;
	(void)strlcpy(path, whole, PATH_MAX);
	return true;
}

/* Return why a user other than root and UID could change a folder or a link, or
 * NULL. */
static const char *
folder_wrong(const struct stat *st, uid_t uid)
{
	if (st->st_uid != 0 && st->st_uid != uid)
		return "belongs to another user";
	if (S_ISDIR(st->st_mode) && (st->st_mode & 022) != 0 &&
	    (st->st_mode & S_ISVTX) == 0)
		return may_be_written;
	return NULL;
}

const char *
path_unsafe(const char *path, uid_t uid, char where[PATH_MAX])
{
	char whole[PATH_MAX], folder[PATH_MAX];
	bool sticky = false;	/* others may make missing files in WHERE */
	const char *wrong;
	struct stat st;
	int links = 0;

	(void)strlcpy(where, path, PATH_MAX);
	if (path[0] != '/' || strlcpy(whole, path, PATH_MAX) >= PATH_MAX)
		return "is not an absolute path";
	for (char *slash = whole; slash != NULL;
	    slash = strchr(slash + 1, '/')) {
		size_t len = slash == whole ? 1 : (size_t)(slash - whole);

		(void)strlcpy(folder, whole, len + 1);
		if (lstat(folder, &st) == -1) {
			if (errno == ENOENT)
				break;
			return "cannot be examined";
		}
		(void)strlcpy(where, folder, PATH_MAX);
		wrong = folder_wrong(&st, uid);
		if (wrong != NULL)
			return wrong;
		sticky = S_ISDIR(st.st_mode) && (st.st_mode & 022) != 0;
		if (!S_ISLNK(st.st_mode))
			continue;
		if (links++ == LINKS_MAX || !link_follow(whole, folder, len))
			return "has too many links";
		slash = whole;
	}
	return sticky ? may_be_written : NULL;
}

mode_t
map_folder_mode(const struct authmap *am)
{
	const char *folder = am->files.folder;
	size_t len = strlen(folder);
	bool asked = sockets_have_old(&am->config) &&
	    strncmp(folder, SOCKET_OLD, len) == 0 && SOCKET_OLD[len] == '/';

	return asked || (am->config.map_mode & 0004) != 0 ? 02771 : 02770;
}

bool
folder_make(const struct authmap *am, const struct account *account,
    const char *path, mode_t mode)
{
	bool made = folder_make_as(account, path, mode);
	int error = errno;
	char where[PATH_MAX];
	struct stat st;

	if (!made && error == EACCES && geteuid() == 0 &&
	    path_unsafe(path, 0, where) == NULL) {
		made = mkdir(path, 0700) == 0 &&
		    folder_give(account, path, mode);
		error = errno;
	}
	if (made || (error == EEXIST && stat(path, &st) == 0 &&
	    S_ISDIR(st.st_mode)))
		return true;
	log_say(&am->log, LOG_ERR, "%s: cannot be created: %s", path,
	    strerror(error));
	return false;
}
