/* SPDX-License-Identifier: ISC */
/*
 * What the daemons have in common: options, logging, start, stop, and reload of the
 * configuration.
 *
 * A function of daemon/ that fails returns false or -1, and has logged the reason.
 * One that only wraps system calls returns -1 with errno, and logs nothing.
 */
#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

#include <signal.h>
#include <stdbool.h>

#include "base/handle.h"

struct service {
	char *name;		/* of the program */
	const char *synopsis;	/* of its options */
	const char *file;	/* -c: the configuration, or NULL */
	const char *pidfile;	/* -p, or the default */
	bool foreground;	/* -f */
	bool *once;		/* --once, of a daemon that has it, or NULL */
	struct pidfh *pid;
};

/* Set by SIGHUP, and by SIGTERM or SIGINT. */
extern volatile sig_atomic_t service_reload_requested, service_stop_requested;

/* Read the command line into SERVICE.  Exit if it is wrong, or after --help or
 * --version. */
void service_options(struct service *service, int argc, char **argv);

/* Log to stderr, or to syslog after service_start() has gone to the background.
 * An error that repeats is logged once an hour.  ARG is the program's name. */
authmap_log_fn service_log;

/*
 * Lock the pidfile, if there is one, and go to the background unless -f was given.
 * On an error, or if the daemon is running already, log it and exit.
 */
void service_start(struct service *service);
void service_end(struct service *service);

/* Block the signals of a daemon from now on, except while pselect(2) or ppoll(2) is
 * given AWAKE. */
void service_signals(sigset_t *awake);

/*
 * Read the configuration again.  Return a handle that replaces AM, which the caller
 * frees.  If the file has errors, log this and return NULL.
 */
struct authmap *service_reload(const struct service *service,
    const struct authmap *am);

/*
 * Tell the service manager STATE, such as "READY=1", as sd_notify(3) does: in a
 * datagram to the socket in NOTIFY_SOCKET.  Do nothing if that is not set.
 */
void service_notify(const char *state);

#endif
