/* SPDX-License-Identifier: ISC */
/*
 * The functions that authmap.patch calls in UW's servers, whose source has its own
 * declarations.  No function fails: errors are logged to syslog.
 */
#ifndef AUTHMAP_UW_H
#define AUTHMAP_UW_H

#pragma GCC visibility push(default)

/*
 * Note that the next login is that of an administrator who acts as another user.
 */
void authmap_uw_admin(void);

/*
 * Record the login of USER, before the server gives up its privileges.  USER is
 * NULL if no password was checked; then nothing is recorded.  ADDRESS is the
 * client's address according to c-client, which may be no address.  SERVICE is
 * c-client's name of the service, which is the same for POP2 and POP3, so ARGC
 * and ARGV of the server are needed, too.  This waits for lock_timeout at most.
 */
void authmap_uw_login(const char *user, const char *address,
    const char *service, int argc, char *argv[]);

#pragma GCC visibility pop

#endif
