/* SPDX-License-Identifier: ISC */
/* For programs that are to know whether an address may relay, but need not be
 * allowed to read the map: then they ask the responder.  Not in the library. */
#ifndef DAEMON_ASK_H
#define DAEMON_ASK_H

#include "base/clock.h"
#include "base/endpoint.h"
#include "base/safefile.h"
#include "base/socketmap.h"

/*
 * Asks who listens at ENDPOINT the question "MAP KEY", until END at the most.
 * Returns true with the answer, a string, or false with errno.
 */
bool ask_responder(const struct endpoint *endpoint, const char *map,
    const char *key, deadline end, char out[SOCKETMAP_REPLY_BYTES]);

/*
 * May ADDRESS, in any form that MTAs use, relay now?  1 yes, with the USER as
 * one word ("-": nobody knows); 0 no; -1 trouble, which was logged.  Reads the
 * map, or asks the responder if this process may not read it.
 */
int ask_may_relay(struct authmap *am, const char *address,
    char user[RECORD_USER_SIZE]);

#endif
