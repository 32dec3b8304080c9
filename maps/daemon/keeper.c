/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE		/* glibc shows struct ucred with it only */
#include "daemon/keeper.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/safefile.h"
#include "base/record.h"
#include "daemon/login-log.h"
#include "daemon/session-wait.h"

/* How long recording a login may take beyond lock_timeout, on a busy machine. */
#define PATIENCE_MS 1000

/*
 * Close all descriptors of the server except FD, and return its new number, or -1
 * on an error.  FD may be 0 to 2 if the server had closed these.
 */
static int
let_go(int fd)
{
	int null = open("/dev/null", O_RDWR);

	closelog();
	fd = fcntl(fd, F_DUPFD, STDERR_FILENO + 1);
	if (fd == -1 || null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 ||
	    dup2(null, STDERR_FILENO) == -1 ||
	    dup2(fd, STDERR_FILENO + 1) == -1)
		return -1;
	closefrom(STDERR_FILENO + 2);
	return STDERR_FILENO + 1;
}

/* Do not run the server's signal handlers in the keeper. */
static void
signals_reset(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)signal(number, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Return whether a session whose login ended with RESULT is refreshed. */
static bool
keeper_refreshes(enum authmap_result result)
{
	switch (result) {
	case AUTHMAP_GRANTED:
	case AUTHMAP_REFRESHED:
	/* There may be room later. */
	case AUTHMAP_FULL:
		return true;
	default:
		return false;
	}
}

bool
keeper_wanted(const struct authmap *am, enum authmap_result result)
{
	/* The configuration is read once in a session, so a retry cannot help. */
	return keeper_refreshes(result) ||
	    (result == AUTHMAP_FAILED && !am->config.unsafe);
}

/*
 * The server's message to the keeper after a login.  An attacker in the server
 * gains nothing by sending another one: a refresh or a retry grants no more than
 * the login itself.
 */
struct hello {
	time_t time;		/* of the login, if the server has tried; else 0 */
	enum authmap_result result;	/* of that attempt */
	char user[AUTHMAP_USER_SIZE];
	char alias[AUTHMAP_USER_SIZE];	/* as in struct authmap_login, or "" */
};

/*
 * Return the login's TIME as authmap_refresh() needs it after a write with RESULT.
 * A refresh soon after this time is left out.  If the map had no room, nothing was
 * written, so return 0: the next refresh must not be left out.
 */
static time_t
refresh_time(time_t time, enum authmap_result result)
{
	return result == AUTHMAP_FULL ? 0 : time;
}

/* Refresh or retry LOGIN, which has had RESULT, until the session ends, and once
 * more at its end. */
static void
keep(struct authmap *am, int watched, const struct session *session,
    struct authmap_login *login, enum authmap_result result)
{
	bool recorded = keeper_refreshes(result);
	int interval = (int)authmap_refresh_interval(am, 0);
	int ended, after = interval;

	login->time = refresh_time(login->time, result);
	if (!recorded && after > AUTHMAP_BUSY_SECS)
		after = AUTHMAP_BUSY_SECS;
	do {
		ended = session_wait(&am->log, &watched, session, after);
		/* The session may have ended long ago: a refresh would count from
		 * now. */
		if (ended == -1 && recorded)
			return;
		result = recorded ? authmap_refresh(am, login) :
		    authmap_record(am, login);
		if (!recorded && !keeper_wanted(am, result))
			return;
		recorded = recorded || keeper_refreshes(result);
		login->time = refresh_time(login->time, result);
		after = !recorded && authmap_is_busy(am) ?
		    AUTHMAP_BUSY_SECS : interval;
	} while (ended == 0);
}

/*
 * Check that the sender UID does not claim to be another account of this system.
 * A server that has become a user may be controlled by that user.
 */
static void
name_check(const struct authmap *am, uid_t uid, char user[AUTHMAP_USER_SIZE])
{
	const struct passwd *pw = getpwnam(user);
	char plain[RECORD_USER_SIZE];

	if (uid == 0 || uid == geteuid() || pw == NULL || pw->pw_uid == uid)
		return;
	record_vis_user(user, plain);
	pw = getpwuid(uid);
	(void)strlcpy(user, pw == NULL ? "" : pw->pw_name, AUTHMAP_USER_SIZE);
	log_say(&am->log, LOG_WARNING, "user number %lu (%s) logged in as %s, "
	    "another account: recorded under its own name", (unsigned long)uid, user,
	    ENCODED(plain, 512));
}

#ifdef SCM_CREDENTIALS
/* Ask the kernel for the sender of each message, see unix(7). */
static bool
senders_wanted(int fd)
{
	const int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0;
}

/* Receive a message as recv(2) does, and set *UID to its sender. */
static ssize_t
receive(int fd, void *text, size_t size, uid_t *uid)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = { text, size };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = sizeof control };
	ssize_t len = recvmsg(fd, &message, 0);
	const struct cmsghdr *header;
	struct ucred from;

	header = len > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header == NULL || header->cmsg_level != SOL_SOCKET ||
	    header->cmsg_type != SCM_CREDENTIALS)
		return -1;
	memcpy(&from, CMSG_DATA(header), sizeof from);
	*uid = from.uid;
	return len;
}
#else
/* The sender is unknown here, so name_check() accepts no account's name. */
static bool
senders_wanted(int fd)
{
	return fd != -1;
}

static ssize_t
receive(int fd, void *text, size_t size, uid_t *uid)
{
	*uid = (uid_t)-1;
	return recv(fd, text, size, 0);
}
#endif

/* Wait for the server's message.  Return false if the session ended without one. */
static bool
read_hello(const struct authmap *am, int fd, struct hello *hello)
{
	uid_t uid;

	if (receive(fd, hello, sizeof *hello, &uid) != sizeof *hello)
		return false;
	hello->user[sizeof hello->user - 1] = '\0';
	hello->alias[sizeof hello->alias - 1] = '\0';
	name_check(am, uid, hello->user);
	/* A server that has become a user could choose a name of `users`. */
	if (uid != 0 && uid != geteuid())
		hello->alias[0] = '\0';
	return true;
}

/*
 * Record the login of HELLO, and answer the server.  Return whether the session
 * needs the keeper.
 */
static bool
login_first(struct authmap *am, int fd, const struct authmap_login *login,
    struct hello *hello)
{
	enum authmap_result result = authmap_record(am, login);
	/* A blocked login was logged already, an unlisted one is not an error. */
	char told = (char)(result == AUTHMAP_BLOCKED ||
	    result == AUTHMAP_UNLISTED || keeper_refreshes(result));

	hello->result = result;
	return send(fd, &told, sizeof told, 0) != -1 &&
	    keeper_wanted(am, result);
}

static void
keeper(struct authmap *am, int fd, const char *address, const char *service,
    const struct session *session)
{
	struct hello hello;
	struct authmap_login login = { .address = address,
	    .user = hello.user, .service = service, .alias = hello.alias };
	struct account account;

	fd = let_go(fd);
	if (fd == -1)
		return;
	openlog("authmap", LOG_PID, LOG_MAIL);
	authmap_set_log(am, login_log, NULL);
	(void)umask(027);
	if (!account_find(am, &account) || !account_become(am, &account))
		return;
	if (!read_hello(am, fd, &hello))
		return;
	if (hello.time == 0) {
		hello.time = am->clock(NULL);
		if (!login_first(am, fd, &login, &hello))
			return;
	}
	/* Recording the login from now on is a retry. */
	login.time = hello.time;
	keep(am, session == NULL ? fd : session_process(session), session,
	    &login, hello.result);
}

int
keeper_start(struct authmap *am, const char *address, const char *service,
    const struct session *session)
{
	sigset_t all, before;
	int pair[2] = { -1, -1 };
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1 ||
	    !senders_wanted(pair[1])) {
		log_say(&am->log, LOG_ERR, "%s: keeper cannot be started: %s",
		    address, strerror(errno));
		(void)close(pair[0]);
		(void)close(pair[1]);
		return -1;
	}
	/* Block all signals until the keeper has reset the signal handlers. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0) {
		signals_reset();
		(void)close(pair[0]);
		/* The server must not have to wait for a child. */
		if (setsid() != -1 && fork() == 0)
			keeper(am, pair[1], address, service, session);
		_exit(0);
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)close(pair[1]);
	if (pid != -1) {
		while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
			continue;
		return pair[0];
	}
	log_say(&am->log, LOG_ERR, "%s: keeper cannot be started: %s", address,
	    strerror(errno));
	(void)close(pair[0]);
	return -1;
}

/* Log that USER was not recorded, and return false. */
static bool
not_recorded(const struct authmap *am, const char *user, const char *why)
{
	char plain[RECORD_USER_SIZE];

	record_vis_user(user, plain);
	log_say(&am->log, LOG_ERR, "%s is not recorded: %s",
	    ENCODED(plain, 512), why);
	return false;
}

static bool
send_hello(struct authmap *am, int keeper, const char *user, const char *alias,
    time_t tried, enum authmap_result result)
{
	struct hello hello;

	memset(&hello, 0, sizeof hello);
	hello.time = tried;
	hello.result = result;
	(void)strlcpy(hello.user, user, sizeof hello.user);
	if (alias != NULL)
		(void)strlcpy(hello.alias, alias, sizeof hello.alias);
	if (send(keeper, &hello, sizeof hello, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    -1)
		return true;
	return not_recorded(am, user, strerror(errno));
}

bool
keeper_hand_over(struct authmap *am, int keeper, const char *user,
    time_t tried, enum authmap_result result)
{
	return send_hello(am, keeper, user, NULL, tried, result);
}

bool
keeper_login(struct authmap *am, int keeper, const char *user,
    const char *alias)
{
	struct pollfd poll_fd = { .fd = keeper, .events = POLLIN };
	char recorded = 0;
	int ready;

	if (!send_hello(am, keeper, user, alias, 0, AUTHMAP_FAILED))
		return false;
	do
		ready = poll(&poll_fd, 1,
		    (int)am->config.lock_timeout + PATIENCE_MS);
	while (ready == -1 && errno == EINTR);
	if (ready == 1 && recv(keeper, &recorded, 1, 0) == 1 && recorded != 0)
		return true;
	return not_recorded(am, user, ready == 0 ? "no answer" :
	    "see the log of authmap");
}
