/* SPDX-License-Identifier: ISC */
/* One question of a socketmap client, and the one answer to it. */
#ifndef RESPONDER_ANSWER_H
#define RESPONDER_ANSWER_H

#include "base/socketmap.h"
#include "lib/lookup.h"

/*
 * Answers the LEN bytes QUESTION, "MAP KEY", as socketmap_table(5) of Postfix
 * has it: "OK VALUE", "NOTFOUND ", "TEMP WHY" or "PERM WHY".  With NAMES false
 * the maps `user` and `popuser` are not told.  Writes the answer into OUT and
 * returns its length.
 */
size_t answer(struct reader *reader, const char *question, size_t len,
    bool names, char out[SOCKETMAP_REPLY_BYTES]);

#endif
