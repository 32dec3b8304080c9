/* SPDX-License-Identifier: ISC */
/* The text of the configuration file, and the value of one setting. */
#ifndef BASE_CONFIG_TEXT_H
#define BASE_CONFIG_TEXT_H

#include "base/config.h"

/*
 * Read the LEN bytes TEXT, which a NUL follows, into CONFIG; TEXT is changed.
 * Returns how many errors there were, each of which was logged.
 */
int config_text_read(struct config *config, char *text, size_t len,
    const struct log *log);

/*
 * Set SETTING to VALUE, whose lines are parted by newlines; LINE is the first
 * of them in the file, or 0: it is the default.  Returns NULL, or what is wrong
 * with VALUE; the setting is then as before.
 */
const char *config_set(struct config *config, enum config_setting setting,
    const char *value, unsigned int line);

#endif
