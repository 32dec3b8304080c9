/* SPDX-License-Identifier: ISC */
/* TLS to the engine, where hiredis has it. */
#ifndef CLUSTER_TLS_H
#define CLUSTER_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct redisContext;
struct ssl_st;

/* Is it built in? */
bool cluster_tls_there(void);

/*
 * Has C, a connection that stands, speak TLS.  The certificate must be NAME's
 * (a host's or an address) and signed by one of the file CA, or of the
 * system's if that is "".  Returns true, and in SSL what speaks it, which is C's;
 * or false, and in WHY, of SIZE bytes, what is wrong.
 */
bool cluster_tls_begin(struct redisContext *c, const char *name,
    const char *ca, struct ssl_st **ssl, char *why, size_t size);

/* Why did SSL fail?  False: TLS knows of nothing. */
bool cluster_tls_wrong(const struct ssl_st *ssl, char *why, size_t size);

#endif
