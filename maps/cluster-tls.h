/* TLS to the engine, where hiredis has it. */
#ifndef CLUSTER_TLS_H
#define CLUSTER_TLS_H

#include <stdbool.h>

struct redisContext;

/* Is it built in? */
bool cluster_tls_there(void);

/*
 * Has C, a connection that stands, speak TLS.  The certificate must be NAME's
 * (a host's or an address) and signed by one of the file CA, or of the
 * system's if that is "".  Returns NULL, or what is wrong.
 */
const char *cluster_tls_begin(struct redisContext *c, const char *name,
    const char *ca);

#endif
