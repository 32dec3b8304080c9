/* SPDX-License-Identifier: ISC */
/*
 * What our daemons have in common: their options, where their log goes, how
 * they start, are told to stop, and read their configuration again.
 */
#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

#include <signal.h>
#include <stdbool.h>

#include "base/handle.h"

struct service {
	char *name;		/* the program's */
	const char *synopsis;	/* its options */
	const char *file;	/* -c: the configuration, or NULL */
	const char *pidfile;	/* -p, or the default */
	bool foreground;	/* -f */
	bool *once;		/* --once, of a daemon that has it, or NULL */
	struct pidfh *pid;
};

/* What a signal has asked for: SIGHUP; SIGTERM or SIGINT. */
extern volatile sig_atomic_t service_reload_requested, service_stop_requested;

/* Reads the command line into SERVICE; ends the program if it is wrong, or
 * asked for --help or --version. */
void service_options(struct service *service, int argc, char **argv);

/* Logs to stderr, after service_start() to syslog, if it went to the
 * background.  What is wrong all the time is said once an hour.  ARG is the
 * program's name. */
authmap_log_fn service_log;

/*
 * Takes the pid file, unless in the foreground without one, and goes to the
 * background, unless in the foreground.  Ends the program, having said why, if
 * it is running already or that cannot be done.
 */
void service_start(struct service *service);
void service_end(struct service *service);

/* From now on signals are blocked, but for where AWAKE is given to pselect(2)
 * or ppoll(2). */
void service_signals(sigset_t *awake);

/*
 * Reads the configuration again.  One with errors is not taken, which is
 * logged; returns then NULL, else a handle that takes the place of AM, which
 * the caller frees.
 */
struct authmap *service_reload(const struct service *service,
    const struct authmap *am);

/*
 * Tells a service manager STATE, such as "READY=1", as sd_notify(3) says: a
 * datagram to the socket that NOTIFY_SOCKET names.  Without one, does nothing.
 */
void service_notify(const char *state);

#endif
