/* SPDX-License-Identifier: ISC */
/*
 * Log lines about an address, for grep(1) and fail2ban.  authmap-messages(7)
 * documents their form:
 *
 *	WHAT ADDRESS service=SERVICE user=USER[: WHY]
 */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include "base/log.h"
#include "base/record.h"

/* Log the line with PRIORITY.  WHY may be NULL. */
void event_log(const struct log *log, int priority, const char *what,
    const char *key, const struct record *record, const char *why);

#endif
