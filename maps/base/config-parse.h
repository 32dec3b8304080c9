/* SPDX-License-Identifier: ISC */
/* Parse the text of the configuration file, and set a single setting. */
#ifndef BASE_CONFIG_PARSE_H
#define BASE_CONFIG_PARSE_H

#include "base/config.h"

/*
 * Parse the LEN bytes TEXT, which a NUL follows, into CONFIG.  TEXT is changed.  Log
 * each error, and return their number.
 */
int config_parse(struct config *config, char *text, size_t len,
    const struct log *log);

/*
 * Set SETTING to VALUE, whose lines are separated by newlines.  LINE is the
 * number of the first one in the file, or 0 for the default.  Return NULL, or
 * what is wrong with VALUE; then the setting is unchanged.
 */
const char *config_set(struct config *config, enum config_setting setting,
    const char *value, unsigned int line);

#endif
