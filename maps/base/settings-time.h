/* SPDX-License-Identifier: ISC */
/* Parse times of settings and options: 250ms, 90s, 30m, 1h, 7d. */
#ifndef BASE_SETTINGS_TIME_H
#define BASE_SETTINGS_TIME_H

/*
 * Read VALUE, a time from 1s to 31d, into the unsigned int WHERE, in seconds.
 * Return NULL, or what is wrong with VALUE, for settings_why().
 */
const char *settings_set_seconds(void *where, const char *value);

/*
 * Read VALUE, a time from 1ms to 10s, into the unsigned int WHERE, in
 * milliseconds.  Return NULL, or what is wrong with VALUE, for settings_why().
 */
const char *settings_set_timeout(void *where, const char *value);

/*
 * Read TEXT, a time from 1s to ten years, into *SECONDS.  Return NULL, or what is
 * wrong with TEXT, for settings_why().
 */
const char *settings_time(const char *text, unsigned int *seconds);

#define SETTINGS_WHY_BYTES 160

/*
 * Write into TEXT what is wrong with VALUE, for which a setter has returned WHY:
 * "must be …", or, for a time without a unit, the times that may be meant.
 */
void settings_why(const char *value, const char *why,
    char text[SETTINGS_WHY_BYTES]);

#endif
