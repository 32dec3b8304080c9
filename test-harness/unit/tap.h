/* SPDX-License-Identifier: ISC */
/* The functions for TAP in C. */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

static inline bool
tap_ok(bool good, const char *file, int line, const char *name)
{
	(void)printf("%sok %d - %s\n", good ? "" : "not ", ++tap_count, name);
	if (!good) {
		tap_failed++;
		(void)printf("# %s:%d\n", file, line);
	}
	return good;
}

#define ok(good, name) tap_ok(good, __FILE__, __LINE__, name)

#define is_str(got, wanted, name) do { \
	const char *got_ = (got), *wanted_ = (wanted); \
	if (!tap_ok(strcmp(got_, wanted_) == 0, __FILE__, __LINE__, name)) \
		(void)printf("# got \"%s\", wanted \"%s\"\n", got_, wanted_); \
} while (0)

#define is_int(got, wanted, name) do { \
	long long got_ = (long long)(got), wanted_ = (long long)(wanted); \
	if (!tap_ok(got_ == wanted_, __FILE__, __LINE__, name)) \
		(void)printf("# got %lld, wanted %lld\n", got_, wanted_); \
} while (0)

static inline int
tap_done(void)
{
	(void)printf("1..%d\n", tap_count);
	return tap_failed == 0 ? 0 : 1;
}

#endif
