/* SPDX-License-Identifier: ISC */
/* Print errors, entries and times, for the verbs. */
#ifndef TOOL_OUTPUT_H
#define TOOL_OUTPUT_H

#include <time.h>

#include "base/log.h"
#include "daemon/print.h"

/* The room for a user as one word. */
#define TOOL_USER_SIZE (4 * AUTHMAP_USER_SIZE)

/* A log to stderr.  Each line begins with the program's name. */
extern const struct log tool_stderr;

/* Print one line to stderr, which begins with the program's name, encoded as by
 * log_say().  Return TOOL_TROUBLE. */
int tool_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Write ENTRY's user to OUT as one word: encoded, or "-" if it is unknown. */
void tool_user(const struct authmap_entry *entry, char out[TOOL_USER_SIZE]);

/* Write WHEN to OUT for people: "2026-11-20 09:47:24". */
void tool_date(time_t when, char out[32]);

/* Write SECONDS to OUT for people: "29m 58s". */
void tool_duration(long long seconds, char out[32]);

/* Print ENTRY as a JSON object, without a newline. */
void tool_json_entry(const struct authmap_entry *entry, time_t now);

/* Print ENTRY for scripts: fields separated by a tab, times in seconds. */
void tool_fields(const struct authmap_entry *entry, time_t now);

#endif
