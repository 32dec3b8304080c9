/* SPDX-License-Identifier: ISC */
/*
 * The keeper: a process that refreshes the entry of a session after the server
 * has given up the privileges for it.  This is not in the library, which starts no
 * processes.
 */
#ifndef DAEMON_KEEPER_H
#define DAEMON_KEEPER_H

#include "daemon/account.h"
#include "daemon/session.h"

/*
 * Start a keeper for a client of SERVICE at ADDRESS, which need not have logged in
 * yet.  It becomes the account of AM's configuration if this process is root.
 * Return a descriptor that leads to it, or -1 on an error, which was logged.  The
 * keeper exits when the last copy of this descriptor is closed, which is at the end
 * of the session.
 *
 * With SESSION, the descriptor only serves keeper_login(), and the keeper exits
 * when SESSION ends.  If another process has taken SESSION over, or if its process
 * serves several, the keeper notices the end within 30 seconds, and does not refresh
 * the entry then.
 */
int keeper_start(struct authmap *am, const char *address, const char *service,
    const struct session *session);

/*
 * Tell KEEPER that USER has logged in, and wait for lock_timeout and a little more
 * at most.  ALIAS, which may be NULL, is the name that the client gave, as in struct
 * authmap_login; it is ignored unless this process has the keeper's account or is
 * root.  The keeper records the login, and refreshes the entry until the session
 * ends.  If the login was not recorded, log it and return false; the keeper retries
 * it with the time of the login, soon after, at each refresh, and at the end of the
 * session.  A second call has no effect.  If USER is the name of another account,
 * the login is recorded as one of this process's account, unless that is root.
 */
bool keeper_login(struct authmap *am, int keeper, const char *user,
    const char *alias);

/*
 * Return whether a session whose login ended with RESULT needs a keeper, to refresh
 * its entry or to retry the login.
 */
bool keeper_wanted(const struct authmap *am, enum authmap_result result);

/*
 * Tell KEEPER that USER has logged in, and that the server itself has called
 * authmap_record() at the time TRIED, which returned RESULT.  The keeper refreshes
 * the entry, or retries the login as of TRIED.  Do not wait.  If the keeper does
 * not run any more, log it and return false.
 */
bool keeper_hand_over(struct authmap *am, int keeper, const char *user,
    time_t tried, enum authmap_result result);

#endif
