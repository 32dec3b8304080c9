/* SPDX-License-Identifier: ISC */
/* Read the text of an MTA's configuration. */
#ifndef TOOL_MTA_TEXT_H
#define TOOL_MTA_TEXT_H

#include <stddef.h>

/*
 * Find in TEXT, a configuration, the text between BEFORE, such as "readsocket{", and
 * the next character of AFTER.  Return its length, and set *PATH to it.  Return 0 if
 * BEFORE is not in TEXT.
 */
size_t mta_text_between(const char *text, const char *before,
    const char *after, const char **path);

/* Return the text of the file PATH without comments ("#"), which the caller frees,
 * or NULL. */
char *mta_text_read(const char *path);

#endif
