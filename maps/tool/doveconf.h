/* SPDX-License-Identifier: ISC */
/* Asks doveconf(1) how Dovecot is configured. */
#ifndef TOOL_DOVECONF_H
#define TOOL_DOVECONF_H

#include "tool/command.h"

/*
 * Run doveconf for the setting NAME, such as service/imap/executable, for PROTOCOL
 * (NULL: outside of any).  Return false if the configuration has an error; RESULT is
 * as of command_run().
 */
bool doveconf(const char *protocol, const char *name,
    struct command_result *result);

/* Say whether WORD, see setting_has(), is set in the setting NAME for PROTOCOL. */
bool doveconf_has(const char *protocol, const char *name, const char *word);

/* Copy the value of the setting NAME to OUT, of SIZE bytes; false: it has none. */
bool doveconf_value(const char *name, char *out, size_t size);

#endif
