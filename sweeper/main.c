/* SPDX-License-Identifier: ISC */
/* authmap-sweeper: remove expired entries, once a minute.  See its man page. */
#include <sys/select.h>
#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "daemon/account.h"
#include "daemon/folder.h"
#include "sweeper/sweep.h"
#include "daemon/service.h"

#define PIDFILE "/run/authmap-sweeper.pid"

static char name[] = "authmap-sweeper";

/* The folders' modes are explained in authmap-map(5). */
static bool
folders_make(const struct authmap *am, const struct account *account)
{
	return folder_make(am, account, am->files.folder,
	    map_folder_mode(am)) &&
	    folder_make(am, account, am->config.state_dir, 02750);
}

/* Give the map's folder the mode that the configuration now needs.  A mode other
 * than 2770 and 2771 is the administrator's choice, and stays. */
static void
folder_adjust(const struct authmap *am)
{
	const char *folder = am->files.folder;
	mode_t mode = map_folder_mode(am);
	struct stat st;

	if (stat(folder, &st) == -1 || st.st_uid != geteuid() ||
	    (st.st_mode & 07776) != 02770 || (st.st_mode & 07777) == mode)
		return;
	if (chmod(folder, mode) == -1)
		log_say(&am->log, LOG_ERR, "%s: its mode cannot be changed to "
		    "%04o: %s", folder, (unsigned int)mode, strerror(errno));
}

/* Sweep once, and log how many entries have expired.  Return 0, or -1 if the map was
 * not swept or not saved, which was logged. */
static int
pass(const struct authmap *am, struct sweep *sweep)
{
	struct sweep_report report;
	int result = sweep_run(am, sweep, &report);

	if (report.expired > 0)
		log_say(&am->log, LOG_INFO, "expired %u entries, %u remain",
		    report.expired, report.entries);
	return report.unsaved ? -1 : result;
}

static void
sleep_for(unsigned int seconds, const sigset_t *awake)
{
	struct timespec time = { .tv_sec = (time_t)seconds };

	(void)pselect(0, NULL, NULL, NULL, &time, awake);
}

static void
run(struct authmap **am, const struct service *service)
{
	struct sweep sweep = { .scanned_at = 0 };
	sigset_t awake;

	service_signals(&awake);
	(void)pass(*am, &sweep);
	service_notify("READY=1");
	while (!service_stop_requested) {
		sleep_for((*am)->config.sweep_interval, &awake);
		if (service_reload_requested) {
			struct authmap *fresh = service_reload(service, *am);

			service_reload_requested = 0;
			if (fresh != NULL) {
				authmap_free(*am);
				*am = fresh;
				folder_adjust(*am);
			}
			memset(&sweep, 0, sizeof sweep);
		}
		(void)pass(*am, &sweep);
	}
	service_notify("STOPPING=1");
}

int
main(int argc, char **argv)
{
	bool once = false;
	struct service service = { .name = name, .pidfile = PIDFILE,
	    .once = &once, .synopsis = "[-f] [--once] [-c file] [-p pidfile]" };
	struct sweep sweep = { .scanned_at = 0 };
	struct account account;
	struct authmap *am;
	int errors = 0, result = 0;

	service_options(&service, argc, argv);
	am = authmap_new(service.file, service_log, name, &errors);
	if (am == NULL || errors != 0)
		return 1;
	if (!account_find(am, &account) || !folders_make(am, &account))
		return 1;
	if (!once)
		service_start(&service);
	(void)umask(027);
	if (!account_become(am, &account))
		return 1;
	folder_adjust(am);
	if (once)
		result = pass(am, &sweep) == 0 ? 0 : 1;
	else
		run(&am, &service);
	service_end(&service);
	authmap_free(am);
	return result;
}
