/* SPDX-License-Identifier: ISC */
/* Ask doveconf(1) for settings of Dovecot. */
#ifndef TOOL_DOVECONF_H
#define TOOL_DOVECONF_H

#include "tool/command.h"

/*
 * Run doveconf for the setting NAME, such as service/imap/executable, for PROTOCOL
 * (NULL: outside of any).  Return false if the configuration has an error.  The
 * caller frees RESULT with command_free().
 */
bool doveconf(const char *protocol, const char *name,
    struct command_result *result);

/* Return whether the setting NAME for PROTOCOL has WORD; see setting_has(). */
bool doveconf_has(const char *protocol, const char *name, const char *word);

/* Copy the value of the setting NAME to OUT, of SIZE bytes.  Return false if it has
 * none. */
bool doveconf_value(const char *name, char *out, size_t size);

#endif
