/* authmap-sweeper: drops what is over, once a minute.  See its man page. */
#include <sys/select.h>

#include <errno.h>
#include <getopt.h>
#include <libutil.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"
#include "pass.h"

#define NAME "authmap-sweeper"
#define PIDFILE "/run/authmap-sweeper.pid"
#define REPEAT_AFTER 3600	/* seconds */

static char name[] = NAME;

struct options {
	const char *file;
	const char *pidfile;
	bool foreground;
	bool once;
};

static volatile sig_atomic_t reload_asked, stop_asked;

static void
on_signal(int number)
{
	if (number == SIGHUP)
		reload_asked = 1;
	else
		stop_asked = 1;
}

static void
usage(FILE *out)
{
	(void)fprintf(out, "usage: " NAME " [-f] [--once] [-c file] "
	    "[-p pidfile]\n");
}

/* Where lines go: stderr, and after daemon(3) syslog. */
static authmap_log_fn *sink = log_to_stderr;

/* Was this line said less than an hour ago?  Remembers the last few. */
static bool
said_lately(const char *line)
{
	static struct { char line[1024]; time_t at; } said[4];
	static unsigned int next;
	time_t now = time(NULL);

	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		if (strcmp(line, said[i].line) == 0 && now >= said[i].at &&
		    now - said[i].at < REPEAT_AFTER)
			return true;
	(void)strlcpy(said[next].line, line, sizeof said[next].line);
	said[next].at = now;
	next = (next + 1) % (sizeof said / sizeof *said);
	return false;
}

/* What is wrong each minute is said each hour. */
static void
log_daemon(void *arg, int priority, const char *line)
{
	(void)arg;
	if (priority > LOG_ERR || !said_lately(line))
		sink(name, priority, line);
}

/* A daemon changes its folder, and reads the file again later. */
static const char *
path_whole(const char *path)
{
	static char whole[PATH_MAX];

	if (path[0] == '/' || getcwd(whole, sizeof whole) == NULL ||
	    strlcat(whole, "/", sizeof whole) >= sizeof whole ||
	    strlcat(whole, path, sizeof whole) >= sizeof whole)
		return path;
	return whole;
}

static struct options
options_read(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "once", no_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .file = NULL };
	int c;

	while ((c = getopt_long(argc, argv, "c:fp:", longs, NULL)) != -1)
		switch (c) {
		case 'c':
			options.file = path_whole(optarg);
			break;
		case 'f':
			options.foreground = true;
			break;
		case 'p':
			options.pidfile = optarg;
			break;
		case 'o':
			options.once = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		case 'V':
			(void)printf(NAME " " AUTHMAP_VERSION "\n");
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	if (optind != argc) {
		usage(stderr);
		exit(2);
	}
	return options;
}

/* The folders' modes are explained in authmap-map(5). */
static bool
folders_make(const struct authmap *am, const struct account *account)
{
	return folder_make(am, account, am->files.folder, 02771) &&
	    folder_make(am, account, am->config.state_dir, 02750);
}

/* A new configuration is taken only if nothing is wrong with it. */
static void
reload(struct authmap **am, const char *file)
{
	int errors;
	struct authmap *fresh = authmap_new(file, (*am)->log.line,
	    (*am)->log.arg, &errors);

	if (fresh == NULL || errors != 0) {
		log_say(&(*am)->log, LOG_ERR, "%s: not taken: the old "
		    "configuration goes on", (*am)->config.file);
		authmap_free(fresh);
		return;
	}
	authmap_free(*am);
	*am = fresh;
	log_say(&fresh->log, LOG_NOTICE, "%s: taken", fresh->config.file);
}

static int
pass(const struct authmap *am, struct sweep *sweep)
{
	struct sweep_report report;
	int result = sweep_pass(am, sweep, &report);

	if (report.dropped > 0)
		log_say(&am->log, LOG_INFO, "%u entries over, %u left",
		    report.dropped, report.entries);
	return result;
}

static void
sleep_for(unsigned int seconds, const sigset_t *awake)
{
	struct timespec time = { .tv_sec = (time_t)seconds };

	(void)pselect(0, NULL, NULL, NULL, &time, awake);
}

static void
run(struct authmap **am, const char *file)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sweep sweep = { .scanned_at = 0 };
	sigset_t blocked, awake;

	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGHUP);
	(void)sigaddset(&blocked, SIGTERM);
	(void)sigaddset(&blocked, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &blocked, &awake);
	(void)sigaction(SIGHUP, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);

	(void)pass(*am, &sweep);
	service_notify("READY=1");
	while (!stop_asked) {
		sleep_for((*am)->config.sweep_interval, &awake);
		if (reload_asked) {
			reload_asked = 0;
			reload(am, file);
			memset(&sweep, 0, sizeof sweep);
		}
		(void)pass(*am, &sweep);
	}
	service_notify("STOPPING=1");
}

static struct pidfh *
pidfile_take(const struct options *options)
{
	const char *path = options->pidfile;
	struct pidfh *pidfile;
	pid_t other;

	if (path == NULL && !options->foreground)
		path = PIDFILE;
	if (path == NULL)
		return NULL;
	pidfile = pidfile_open(path, 0644, &other);
	if (pidfile != NULL)
		return pidfile;
	if (errno == EEXIST)
		(void)fprintf(stderr, NAME ": %s: already running as %ld\n",
		    path, (long)other);
	else
		(void)fprintf(stderr, NAME ": %s: %s\n", path,
		    strerror(errno));
	exit(1);
}

/* Forks, unless it is to stay; the parent ends here. */
static void
detach(const struct options *options)
{
	if (options->foreground)
		return;
	if (daemon(0, 0) == -1) {
		(void)fprintf(stderr, NAME ": %s\n", strerror(errno));
		exit(1);
	}
	openlog(NAME, LOG_PID, LOG_MAIL);
	sink = log_to_syslog;
}

int
main(int argc, char **argv)
{
	struct options options = options_read(argc, argv);
	struct sweep sweep = { .scanned_at = 0 };
	struct account account;
	struct pidfh *pidfile = NULL;
	struct authmap *am;
	int errors = 0, result = 0;

	am = authmap_new(options.file, log_daemon, NULL, &errors);
	if (am == NULL || errors != 0)
		return 1;
	if (!account_find(am, &account) || !folders_make(am, &account))
		return 1;
	if (!options.once) {
		pidfile = pidfile_take(&options);
		detach(&options);
		(void)pidfile_write(pidfile);
	}
	(void)umask(027);
	if (!account_become(am, &account))
		return 1;
	if (options.once)
		result = pass(am, &sweep) == 0 ? 0 : 1;
	else
		run(&am, options.file);
	/* An unprivileged user may not remove it from /run, but empty it. */
	if (pidfile != NULL)
		(void)ftruncate(pidfile_fileno(pidfile), 0);
	(void)pidfile_remove(pidfile);
	authmap_free(am);
	return result;
}
