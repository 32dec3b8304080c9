/* SPDX-License-Identifier: ISC */
/*
 * A process that keeps the entry of a session alive when the server itself
 * has given up its rights: it has them still, and does nothing else.  Not in
 * the library, which starts no processes.
 */
#ifndef DAEMON_KEEPER_H
#define DAEMON_KEEPER_H

#include "daemon/account.h"

/*
 * Starts one for a client at ADDRESS of SERVICE, who need not have logged in
 * yet.  It becomes the account of AM's configuration, if we are root, and ends
 * when nobody has the descriptor open any more that is returned, or its copies:
 * with the session.  -1: there is none, which was logged.
 */
int keeper_start(struct authmap *am, const char *address, const char *service);

/*
 * Tells the keeper at KEEPER that USER has logged in.  It records the login,
 * and refreshes the entry for as long as it lives.  Waits lock_timeout and a
 * little more at the most.  Returns false, having logged, when the login was
 * not recorded; the keeper retries it as of the first attempt, soon after, with
 * each refresh, and when the session ends.  Only the first time counts, and a
 * USER that is the name of another account than ours, unless we are root, is
 * taken for our own.
 */
bool keeper_login(struct authmap *am, int keeper, const char *user);

/*
 * Return whether a session whose login ended with RESULT needs a keeper: to
 * refresh its entry, or to retry what could not be recorded.
 */
bool keeper_wanted(const struct authmap *am, enum authmap_result result);

/*
 * Tell the keeper at KEEPER that USER has logged in and that the server itself
 * called authmap_record(), at TRIED, which ended with RESULT.  The keeper
 * refreshes the entry, or retries the login as of TRIED.  Waits for nothing.
 * Returns false, having logged, when there is no keeper any more.
 */
bool keeper_hand_over(struct authmap *am, int keeper, const char *user,
    time_t tried, enum authmap_result result);

#endif
