/* SPDX-License-Identifier: ISC */
/* TLS to the engine, if hiredis was built with it. */
#ifndef CLUSTER_TLS_H
#define CLUSTER_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct redisContext;
struct ssl_st;

/* Return whether TLS is built in. */
bool cluster_tls_there(void);

/*
 * Begin TLS on C, an open connection.  The certificate must be for NAME, a host name
 * or an address, and signed by a CA in the file CA, or by one of the system's CAs if
 * that is "".  Return true and set *SSL, which C owns; or return false, and the
 * reason in WHY, of SIZE bytes.
 */
bool cluster_tls_begin(struct redisContext *c, const char *name,
    const char *ca, struct ssl_st **ssl, char *why, size_t size);

/* Write the reason why SSL failed into WHY, of SIZE bytes.  Return false if TLS
 * reports no error. */
bool cluster_tls_wrong(const struct ssl_st *ssl, char *why, size_t size);

#endif
