/* SPDX-License-Identifier: ISC */
/*
 * What has become of an address, in one line that people, grep(1) and fail2ban
 * read; authmap(7) promises its form:
 *
 *	WHAT ADDRESS service=SERVICE user=USER[: WHY]
 */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include "base/log.h"
#include "base/record.h"

/* Logs the line with PRIORITY; WHY may be NULL. */
void event_log(const struct log *log, int priority, const char *what,
    const char *key, const struct record *record, const char *why);

#endif
