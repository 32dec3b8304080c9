/* SPDX-License-Identifier: ISC */
/* The engine's password, in a file of its own. */
#ifndef DAEMON_CLUSTER_PASSWORD_H
#define DAEMON_CLUSTER_PASSWORD_H

#define CLUSTER_PASSWORD_BYTES 1024

/*
 * Reads the first line of the file PATH.  Returns NULL, or what is wrong: a
 * constant, or a text of strerror(3).
 */
const char *cluster_password_read(const char *path,
    char password[CLUSTER_PASSWORD_BYTES]);

#endif
