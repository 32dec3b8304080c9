/* SPDX-License-Identifier: ISC */
#include "daemon/login-log.h"

#include <sys/time.h>

#include <signal.h>
#include <stddef.h>

#include "base/clock.h"

/* The C library makes a second attempt after an interrupted one. */
#define ATTEMPT_US 250000
#define QUIET_MS 60000

static volatile sig_atomic_t hangs;

static void
note(int signal_number)
{
	(void)signal_number;
	hangs = 1;
}

void
login_log(void *arg, int priority, const char *line)
{
	const struct itimerval attempts = { .it_interval = { 0, ATTEMPT_US },
	    .it_value = { 0, ATTEMPT_US } };
	/* Without SA_RESTART, the signal interrupts send(2). */
	struct sigaction noted = { .sa_handler = note }, action;
	static deadline quiet_until;
	struct itimerval timer;
	sigset_t only, mask;

	if (!deadline_passed(quiet_until))
		return;
	hangs = 0;
	(void)sigemptyset(&only);
	(void)sigaddset(&only, SIGALRM);
	(void)sigaction(SIGALRM, &noted, &action);
	(void)sigprocmask(SIG_UNBLOCK, &only, &mask);
	(void)setitimer(ITIMER_REAL, &attempts, &timer);
	log_to_syslog(arg, priority, line);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)sigaction(SIGALRM, &action, NULL);
	if (hangs)
		quiet_until = deadline_in(QUIET_MS);
}
