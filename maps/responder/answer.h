/* SPDX-License-Identifier: ISC */
/* The reply to one request of a socketmap client. */
#ifndef RESPONDER_ANSWER_H
#define RESPONDER_ANSWER_H

#include "base/socketmap.h"
#include "lib/lookup.h"

/*
 * Write the reply to QUESTION, the LEN bytes "TABLE KEY", into OUT: "OK VALUE",
 * "NOTFOUND ", "TEMP WHY" or "PERM WHY", as in socketmap_table(5) of Postfix.
 * If NAMES is false, the tables `user` and `popuser` are refused.  Whether an
 * address may relay is counted by reply; the table `counts` tells how often.
 * Return the length of the reply.
 */
size_t answer(struct reader *reader, const char *question, size_t len,
    bool names, char out[SOCKETMAP_REPLY_BYTES]);

#endif
