/* SPDX-License-Identifier: ISC */
/* Find out whether an address may relay, also in a process that may not read the
 * map: it asks the responder.  This is not in the library. */
#ifndef DAEMON_ASK_H
#define DAEMON_ASK_H

#include "base/clock.h"
#include "base/endpoint.h"
#include "base/safefile.h"
#include "base/socketmap.h"

/*
 * Send the request "MAP KEY" to ENDPOINT and wait for the reply until END.
 * Return 0 with the reply, a string, in OUT, or -1 with errno.
 */
int ask_responder(const struct endpoint *endpoint, const char *map,
    const char *key, deadline end, char out[SOCKETMAP_REPLY_BYTES]);

/*
 * Find out whether ADDRESS, in any form that MTAs use, may relay now.  Read the
 * map, or ask the responder if this process may not read it.  Return 1 with USER
 * as one word ("-" if unknown), 0 if it may not relay, or -1 on an error, which
 * was logged.
 */
int ask_may_relay(struct authmap *am, const char *address,
    char user[RECORD_USER_SIZE]);

#endif
