/* SPDX-License-Identifier: ISC */
/* The log of a program that a login waits for. */
#ifndef DAEMON_LOGIN_LOG_H
#define DAEMON_LOGIN_LOG_H

#include "base/log.h"

/*
 * Log to syslog as log_to_syslog() does, but give up after half a second, and log
 * nothing for the next minute: a syslog daemon that hangs must not stop logins.  It
 * uses SIGALRM and its timer, and restores both.
 */
authmap_log_fn login_log;

#endif
