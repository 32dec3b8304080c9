/*
 * A process that keeps the entry of a session alive when the server itself
 * has given up its rights: it has them still, and does nothing else.  Not in
 * the library, which starts no processes.
 */
#ifndef KEEPER_H
#define KEEPER_H

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
 * not recorded.  Only the first time counts, and a USER that is the name of
 * another account than ours, unless we are root, is taken for our own.
 */
bool keeper_login(struct authmap *am, int keeper, const char *user);

/*
 * The same, but does not wait, for a server that has recorded the login itself.
 * Returns false, having logged, when there is no keeper any more.
 */
bool keeper_tell(struct authmap *am, int keeper, const char *user);

#endif
