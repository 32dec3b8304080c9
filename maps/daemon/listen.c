/* SPDX-License-Identifier: ISC */
#include "daemon/listen.h"

#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/folder.h"

/* The first descriptor that a service manager passes, see sd_listen_fds(3). */
#define HANDED_FIRST 3

static bool
say_errno(const struct authmap *am, const char *what, const char *how)
{
	log_say(&am->log, LOG_ERR, "%s: %s: %s", what, how, strerror(errno));
	return false;
}

static int
flags_set(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return -1;
	return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Return how many sockets the service manager has passed, or -1 if the environment
 * is not valid. */
static int
handed_over(const struct authmap *am)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	const char *wrong;
	int count;

	if (pid == NULL || fds == NULL ||
	    strtonum(pid, 1, INT_MAX, &wrong) != getpid())
		return 0;
	count = (int)strtonum(fds, 0, ENDPOINTS_MAX, &wrong);
	if (wrong == NULL)
		return count;
	log_say(&am->log, LOG_ERR, "LISTEN_FDS is %s: a service manager can "
	    "pass %d sockets at most", wrong, ENDPOINTS_MAX);
	return -1;
}

/* Refuse a path that users other than root and ACCOUNT can replace. */
static bool
path_is_safe(const struct authmap *am, const struct account *account,
    const char *path)
{
	char where[PATH_MAX];
	const char *wrong;

	if (strcmp(path, SOCKET_OLD) == 0) {
		log_say(&am->log, LOG_NOTICE, "%s: listening in this release "
		    "only: members of group %s can replace it: configure MTAs "
		    "for " SOCKET_STANDARD, path, am->config.group);
		return true;
	}
	wrong = path_unsafe(path, account->uid, where);
	if (wrong == NULL)
		return true;
	log_say(&am->log, LOG_ERR, "%s: refused: \"%s\" %s: another user could "
	    "replace the socket: choose a folder that only root or %s may write",
	    path, where, wrong, am->config.user);
	return false;
}

/* Refuse a socket on which another user may listen while the responder is down. */
static bool
handed_is_safe(const struct authmap *am, const struct account *account, int fd)
{
	struct endpoint handed = { .len = sizeof handed.address };
	in_port_t port = 0;

	if (getsockname(fd, &handed.address.any, &handed.len) == -1)
		return say_errno(am, "a socket of the service manager",
		    "its address cannot be read");
	if (endpoint_is_path(&handed)) {
		(void)snprintf(handed.text, sizeof handed.text, "%.*s",
		    (int)sizeof handed.address.local.sun_path,
		    handed.address.local.sun_path);
		return path_is_safe(am, account, handed.text);
	}
	if (handed.address.any.sa_family == AF_INET)
		port = ntohs(handed.address.in.sin_port);
	else if (handed.address.any.sa_family == AF_INET6)
		port = ntohs(handed.address.in6.sin6_port);
	if (port < IPPORT_RESERVED)
		return true;
	log_say(&am->log, LOG_ERR, "port %u of the service manager: refused: "
	    "any local user could listen there while the responder is down: "
	    "choose a port below 1024 in authmap-socketmapd.socket",
	    (unsigned int)port);
	return false;
}

/* Return whether ENDPOINT is one of the sockets in L. */
static bool
is_handed(const struct listeners *l, const struct endpoint *endpoint)
{
	struct endpoint handed;

	for (unsigned int i = 0; i < l->count; i++) {
		memset(&handed, 0, sizeof handed);
		handed.len = sizeof handed.address;
		if (getsockname(l->fd[i], &handed.address.any,
		    &handed.len) == -1)
			continue;
		/* NOLINTNEXTLINE(*-memory-comparison,cert-*): both were zeroed */
		if (memcmp(&handed.address, &endpoint->address,
		    sizeof handed.address) == 0)
			return true;
	}
	return false;
}

/* Log which sockets of the configuration were not passed: an MTA that asks there
 * would defer all mail. */
static void
missing_say(const struct authmap *am, const struct listeners *l)
{
	const char *text = config_text(&am->config, CONFIG_SOCKET);
	struct endpoint endpoint;

	while (endpoint_next(&text, &endpoint))
		if (!is_handed(l, &endpoint))
			log_say(&am->log, LOG_WARNING, "%s: the service manager "
			    "did not pass %s: add ListenStream=%s to "
			    "authmap-socketmapd.socket, or change socket =",
			    am->config.file,
			    endpoint.text, endpoint_is_path(&endpoint) ?
			    endpoint.text : endpoint.text + strlen("inet:"));
}

static bool
take_handed(const struct authmap *am, const struct account *account, int count,
    struct listeners *l)
{
	for (int fd = HANDED_FIRST; fd < HANDED_FIRST + count; fd++) {
		int listening = 0;
		socklen_t len = sizeof listening;

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening,
		    &len) == -1 || listening == 0 || flags_set(fd) == -1) {
			log_say(&am->log, LOG_ERR, "descriptor %d of the service "
			    "manager: is not a listening socket: use "
			    "ListenStream=", fd);
			return false;
		}
		if (!handed_is_safe(am, account, fd))
			return false;
		l->fd[l->count++] = fd;
	}
	missing_say(am, l);
	return true;
}

/* Check that there is no file at ENDPOINT's path, or a socket on which no process
 * listens.  Otherwise log what is there and return false. */
static bool
path_free(const struct authmap *am, const struct endpoint *endpoint)
{
	const char *path = endpoint->address.local.sun_path;
	struct stat st;
	int fd, result;

	if (lstat(path, &st) == -1)
		return errno == ENOENT || say_errno(am, path, "cannot be "
		    "examined");
	if (!S_ISSOCK(st.st_mode)) {
		log_say(&am->log, LOG_ERR, "%s: is not a socket: move it away, "
		    "or change socket =", path);
		return false;
	}
	fd = endpoint_socket(endpoint);
	if (fd == -1)
		return say_errno(am, path, "cannot be tested");
	result = connect(fd, &endpoint->address.any, endpoint->len);
	if (result == -1)
		result = errno;
	(void)close(fd);
	if (result == ECONNREFUSED)
		return true;
	if (result != 0) {
		errno = result;
		return say_errno(am, path, "cannot be replaced");
	}
	log_say(&am->log, LOG_ERR, "%s: another process listens there already: "
	    "stop it, if it is an authmap-socketmapd", path);
	return false;
}

/* Find the group of the sockets.  If it does not exist, log it and return false. */
static bool
group_find(const struct authmap *am, const struct account *account, gid_t *gid)
{
	const char *name = am->config.socket_group;
	const struct group *gr = name[0] == '\0' ? NULL : getgrnam(name);

	*gid = gr != NULL ? gr->gr_gid : account->gid;
	if (name[0] == '\0' || gr != NULL)
		return true;
	log_say(&am->log, LOG_ERR, "there is no group \"%s\": make it, or "
	    "set socket_group = in %s", name, am->config.file);
	return false;
}

/* Bind FD to ENDPOINT, in place of a socket on which no process listens, and note
 * it in OWN.  On an error, log it and return false. */
static bool
path_bind(const struct authmap *am, gid_t gid, int fd,
    const struct endpoint *endpoint, struct own *own)
{
	mode_t before = umask(0777 & ~am->config.socket_mode);
	bool good;

	(void)strlcpy(own->path, endpoint->text, sizeof own->path);
	(void)unlink(own->path);
	good = bind(fd, &endpoint->address.any, endpoint->len) == 0;
	(void)umask(before);
	if (!good)
		return say_errno(am, own->path, "cannot be created: the "
		    "daemon's user must be able to write its folder");
	if (lstat(own->path, &own->st) == 0 && (own->st.st_gid == gid ||
	    lchown(own->path, (uid_t)-1, gid) == 0) &&
	    listen(fd, SOMAXCONN) == 0)
		return true;
	(void)say_errno(am, own->path, "cannot listen there");
	(void)unlink(own->path);
	return false;
}

static bool
path_open(const struct authmap *am, const struct account *account, int fd,
    const struct endpoint *endpoint, struct listeners *l)
{
	char folder[sizeof endpoint->text];
	bool good;
	gid_t gid;

	(void)strlcpy(folder, endpoint->text, sizeof folder);
	*strrchr(folder, '/') = '\0';
	/* sendmail refuses a socket in a folder that a group can write. */
	if (!path_is_safe(am, account, endpoint->text) ||
	    !group_find(am, account, &gid) ||
	    (folder[0] != '\0' && !folder_make(am, account, folder, 0755)))
		return false;
	/* Root must not write in a folder that other users may write. */
	if (account_act(account, gid) == -1)
		return say_errno(am, account->name, "cannot become this user");
	good = path_free(am, endpoint) &&
	    path_bind(am, gid, fd, endpoint, &l->own[l->own_count]);
	if (account_act_end() == -1)
		return say_errno(am, "root", "cannot become root again");
	if (good)
		l->own_count++;
	return good;
}

static bool
inet_open(const struct authmap *am, int fd, const struct endpoint *endpoint)
{
	const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
	    bind(fd, &endpoint->address.any, endpoint->len) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		return say_errno(am, endpoint->text, "cannot listen there");
	return true;
}

static bool
listen_one(const struct authmap *am, const struct account *account,
    const struct endpoint *endpoint, struct listeners *l)
{
	int fd = endpoint_socket(endpoint);
	bool good;

	if (fd == -1)
		return say_errno(am, endpoint->text, "cannot be created");
	good = endpoint_is_path(endpoint) ?
	    path_open(am, account, fd, endpoint, l) :
	    inet_open(am, fd, endpoint);
	if (good)
		l->fd[l->count++] = fd;
	else
		(void)close(fd);
	return good;
}

/* Also listen on the socket of version 0.1.  An error there does not keep the
 * responder from starting. */
static void
old_open(const struct authmap *am, const struct account *account,
    struct listeners *l)
{
	const char *text = SOCKET_OLD;
	struct endpoint endpoint;

	if (am->config.origin[CONFIG_SOCKET].line == 0 &&
	    access("/run/authmap", F_OK) == 0 && endpoint_next(&text, &endpoint))
		(void)listen_one(am, account, &endpoint, l);
}

bool
listen_all(const struct authmap *am, const struct account *account,
    struct listeners *l)
{
	const char *text = config_text(&am->config, CONFIG_SOCKET);
	struct endpoint endpoint;
	int handed = handed_over(am);

	memset(l, 0, sizeof *l);
	if (handed != 0)
		return handed > 0 && take_handed(am, account, handed,
		    l);
	while (endpoint_next(&text, &endpoint))
		if (!listen_one(am, account, &endpoint, l)) {
			listen_end(l, account);
			return false;
		}
	old_open(am, account, l);
	return true;
}

void
listen_end(struct listeners *l, const struct account *account)
{
	struct stat st;

	for (unsigned int i = 0; i < l->count; i++)
		(void)close(l->fd[i]);
	if (account_act(account, account->gid) == 0)
		for (unsigned int i = 0; i < l->own_count; i++)
			if (lstat(l->own[i].path, &st) == 0 &&
			    st.st_ino == l->own[i].st.st_ino &&
			    st.st_dev == l->own[i].st.st_dev)
				(void)unlink(l->own[i].path);
	(void)account_act_end();
	l->count = l->own_count = 0;
}
