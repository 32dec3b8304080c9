/* SPDX-License-Identifier: ISC */
/* Read the output of doveconf(1): "name = value", or a block of "key = yes". */
#ifndef TOOL_DOVECONF_SETTING_H
#define TOOL_DOVECONF_SETTING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Return whether the setting NAME in TEXT has WORD: among the words of its value, or
 * in Dovecot 2.4 as "WORD = yes" in its block.  WORD "$" matches any word that
 * begins with "$".
 */
bool setting_has(const char *text, const char *name, const char *word);

/*
 * Copy the value of the line "NAME = value" in TEXT to OUT, of SIZE bytes.  Return
 * false if there is no such line, or no value.
 */
bool setting_value(const char *text, const char *name, char *out, size_t size);

#endif
