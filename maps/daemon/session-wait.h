/* SPDX-License-Identifier: ISC */
/* Wait for the end of a session. */
#ifndef DAEMON_SESSION_WAIT_H
#define DAEMON_SESSION_WAIT_H

#include "base/log.h"
#include "daemon/session.h"

/*
 * Wait for AFTER seconds, or until the session ends.  WATCHED tells of that end;
 * with SESSION, only that its process has ended, and is -1 from then on.  Return
 * 1 when the session has just ended, 0 when it goes on, -1 when it ended some
 * time ago.  Log to LOG if the system does not tell.
 */
int session_wait(const struct log *log, int *watched,
    const struct session *session, int after);

#endif
