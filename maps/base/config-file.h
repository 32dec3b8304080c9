/* SPDX-License-Identifier: ISC */
/* Read the file /etc/authmap.conf. */
#ifndef BASE_CONFIG_FILE_H
#define BASE_CONFIG_FILE_H

#include "base/config.h"

/*
 * Read FILE into CONFIG.  If FILE is NULL, read the default file, which need
 * not exist.  Each error is logged as file:line: …; the setting has its
 * default, and CONFIG is unsafe.  This does not wait.  Return the number of
 * errors, or -1 if there is no memory; then CONFIG may only be freed.  Free it
 * with config_free().
 */
int config_read(struct config *config, const char *file,
    const struct log *log);

#endif
