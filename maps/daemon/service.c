/* SPDX-License-Identifier: ISC */
#include "daemon/service.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <getopt.h>
#include <libutil.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/folder.h"
#include "daemon/log-limit.h"
#include "daemon/print.h"

volatile sig_atomic_t service_reload_requested, service_stop_requested;

static void
on_signal(int number)
{
	if (number == SIGHUP)
		service_reload_requested = 1;
	else
		service_stop_requested = 1;
}

/* Where log lines go: to stderr, and after daemon(3) to syslog. */
static authmap_log_fn *sink = log_to_stderr;

void
service_log(void *arg, int priority, const char *line)
{
	static struct log_limit limit;

	if (priority > LOG_ERR || !log_limit_repeated(&limit, line))
		sink(arg, priority, line);
}

static void
usage(const struct service *service, FILE *out)
{
	print(out, "usage: %s %s\n", service->name, service->synopsis);
}

/* Return PATH as an absolute path: a daemon changes its working directory, and
 * reads the file again later. */
static const char *
path_whole(const char *path, char whole[PATH_MAX])
{
	if (path[0] == '/' || getcwd(whole, PATH_MAX) == NULL ||
	    strlcat(whole, "/", PATH_MAX) >= PATH_MAX ||
	    strlcat(whole, path, PATH_MAX) >= PATH_MAX)
		return path;
	return whole;
}

static void
option_read(struct service *service, int option)
{
	static char file[PATH_MAX];

	switch (option) {
	case 'c':
		service->file = path_whole(optarg, file);
		break;
	case 'f':
		service->foreground = true;
		break;
	case 'p':
		service->pidfile = optarg;
		break;
	case 'o':
		*service->once = true;
		break;
	case 'h':
		usage(service, stdout);
		exit(0);
	case 'V':
		print(stdout, "%s " AUTHMAP_VERSION "\n", service->name);
		exit(0);
	default:
		usage(service, stderr);
		exit(2);
	}
}

static void
option_wrong(const struct service *service, int c, int argc, char **argv)
{
	const struct log log = { log_to_stderr, service->name };

	print_option_wrong(&log, c, argc, argv);
	usage(service, stderr);
	exit(2);
}

void
service_options(struct service *service, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ "once", no_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	const char *standard = service->pidfile;
	int c;

	service->pidfile = NULL;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:fp:", longs, NULL)) != -1)
		if (c == ':' || c == '?')
			option_wrong(service, c, argc, argv);
		else
			option_read(service, c == 'o' && service->once == NULL ?
			    '?' : c);
	if (optind != argc) {
		usage(service, stderr);
		exit(2);
	}
	if (service->pidfile == NULL && !service->foreground)
		service->pidfile = standard;
}

/* Return whether no other user can place a link at PATH, through which root would
 * write. */
static bool
pidfile_is_safe(const char *path)
{
	char whole[PATH_MAX], where[PATH_MAX];

	return geteuid() != 0 ||
	    path_unsafe(path_whole(path, whole), 0, where) == NULL;
}

static void
pidfile_take(struct service *service)
{
	const struct log log = { log_to_stderr, service->name };
	pid_t other;

	if (service->pidfile == NULL)
		return;
	if (!pidfile_is_safe(service->pidfile)) {
		log_say(&log, LOG_ERR, "%s: its folder may be written by "
		    "others: choose a folder that only root may write",
		    service->pidfile);
		exit(1);
	}
	service->pid = pidfile_open(service->pidfile, 0644, &other);
	if (service->pid != NULL)
		return;
	if (errno == EEXIST)
		log_say(&log, LOG_ERR, "%s: already running as process %ld",
		    service->pidfile, (long)other);
	else
		log_say(&log, LOG_ERR, "%s: %s", service->pidfile,
		    strerror(errno));
	exit(1);
}

void
service_start(struct service *service)
{
	const struct log log = { log_to_stderr, service->name };

	pidfile_take(service);
	if (!service->foreground) {
		if (daemon(0, 0) == -1) {
			log_say(&log, LOG_ERR, "%s", strerror(errno));
			exit(1);
		}
		openlog(service->name, LOG_PID, LOG_MAIL);
		sink = log_to_syslog;
	}
	(void)pidfile_write(service->pid);
}

void
service_end(struct service *service)
{
	/* The user of the daemon may not remove the file from /run, but may empty
	 * it. */
	if (service->pid != NULL)
		(void)ftruncate(pidfile_fileno(service->pid), 0);
	(void)pidfile_remove(service->pid);
}

void
service_signals(sigset_t *awake)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGHUP);
	(void)sigaddset(&blocked, SIGTERM);
	(void)sigaddset(&blocked, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &blocked, awake);
	(void)sigaction(SIGHUP, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
}

struct authmap *
service_reload(const struct service *service, const struct authmap *am)
{
	int errors;
	struct authmap *fresh = authmap_new(service->file, am->log.line,
	    am->log.arg, &errors);

	if (fresh == NULL || errors != 0) {
		log_say(&am->log, LOG_ERR, "%s: has errors: keeping the running "
		    "configuration", am->config.file);
		authmap_free(fresh);
		return NULL;
	}
	log_say(&fresh->log, LOG_NOTICE, "%s: reloaded", fresh->config.file);
	return fresh;
}

void
service_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	len = strlcpy(to.sun_path, path, sizeof to.sun_path);
	if (len >= sizeof to.sun_path)
		return;
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	/* The daemon also runs if the service manager does not listen. */
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (const struct sockaddr *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	(void)close(fd);
}
