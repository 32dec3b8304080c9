/* SPDX-License-Identifier: ISC */
/* Reading the file /etc/authmap.conf. */
#ifndef BASE_CONFIG_READ_H
#define BASE_CONFIG_READ_H

#include "base/config.h"

/*
 * Read FILE, or the default file, which need not exist, when FILE is NULL.
 * Each error is logged as file:line: …; the setting keeps its default, and
 * CONFIG is unsafe.  Never wait, whatever FILE is.
 * Returns how many errors there were, or -1 when memory ran out: CONFIG is
 * then not to be used, but may be freed.  Free it with config_free().
 */
int config_read(struct config *config, const char *file,
    const struct log *log);

#endif
