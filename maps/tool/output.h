/* SPDX-License-Identifier: ISC */
/* What the verbs print: errors, entries, times. */
#ifndef TOOL_OUTPUT_H
#define TOOL_OUTPUT_H

#include <time.h>

#include "base/log.h"
#include "daemon/print.h"

/* Room for a user as one word. */
#define TOOL_USER_SIZE (4 * AUTHMAP_USER_SIZE)

/* Writes lines to stderr after the program's name. */
extern const struct log tool_stderr;

/*
 * Print one line to stderr after the program's name, encoded as log_say() does.
 * Return TOOL_TROUBLE.
 */
int tool_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Write ENTRY's user as one word into OUT: encoded, "-" if it has none. */
void tool_user(const struct authmap_entry *entry, char out[TOOL_USER_SIZE]);

/* Write WHEN for people into OUT: "2026-11-20 09:47:24". */
void tool_date(time_t when, char out[32]);

/* Write SECONDS for people into OUT: "29m 58s". */
void tool_duration(long long seconds, char out[32]);

/* Print ENTRY as a JSON object, without a newline. */
void tool_json_entry(const struct authmap_entry *entry, time_t now);

/* Print ENTRY for scripts: fields parted by one tab, times in seconds. */
void tool_fields(const struct authmap_entry *entry, time_t now);

#endif
