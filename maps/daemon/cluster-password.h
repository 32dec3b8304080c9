/* SPDX-License-Identifier: ISC */
/* The file with the engine's password. */
#ifndef DAEMON_CLUSTER_PASSWORD_H
#define DAEMON_CLUSTER_PASSWORD_H

#define CLUSTER_PASSWORD_BYTES 1024

/*
 * Read the first line of the file PATH into PASSWORD.  Return NULL, or what is
 * wrong: a constant, or a text of strerror(3).
 */
const char *cluster_password_read(const char *path,
    char password[CLUSTER_PASSWORD_BYTES]);

#endif
