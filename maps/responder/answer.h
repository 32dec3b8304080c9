/* One question of a socketmap client, and the one answer to it. */
#ifndef ANSWER_H
#define ANSWER_H

#include "lib/lookup.h"

/* What a question may be, and an answer, without netstring frames. */
#define QUESTION_MAX 1024
#define ANSWER_SIZE (3 + RECORD_USER_SIZE)

/*
 * Answers the LEN bytes QUESTION, "MAP KEY", as socketmap_table(5) of Postfix
 * has it: "OK VALUE", "NOTFOUND ", "TEMP WHY" or "PERM WHY".  With NAMES false
 * the maps `user` and `popuser` are not told.  Writes the answer into OUT and
 * returns its length.
 */
size_t answer(struct reader *reader, const char *question, size_t len,
    bool names, char out[ANSWER_SIZE]);

#endif
