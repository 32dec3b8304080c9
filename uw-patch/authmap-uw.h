/* SPDX-License-Identifier: ISC */
/*
 * What authmap.patch lets UW's servers call; their source declares it by itself.
 * Neither ever fails: what goes wrong is logged to syslog.
 */
#ifndef AUTHMAP_UW_H
#define AUTHMAP_UW_H

#pragma GCC visibility push(default)

/*
 * The login that follows is that of an administrator who acts as another user.
 */
void authmap_uw_admin(void);

/*
 * USER has shown who he is, and the server is about to give up its rights.
 * USER is NULL for a login for which no password was asked: not recorded.
 * ADDRESS is c-client's idea of the client's address, which may be none; SERVICE
 * its name of the service, which for POP leaves open which; ARGC and ARGV are
 * the server's own.  Waits lock_timeout at the most.
 */
void authmap_uw_login(const char *user, const char *address,
    const char *service, int argc, char *argv[]);

#pragma GCC visibility pop

#endif
