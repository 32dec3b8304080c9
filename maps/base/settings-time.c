/* SPDX-License-Identifier: ISC */
#include "base/settings-time.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authmap.h"

/* The size of the number in a time with its NUL.  A longer one is not valid. */
#define NUMBER_BYTES 12

/* The result of a setter for a time without a unit; settings_why() explains it. */
static const char no_unit[] = "has no unit", no_unit_ms[] = "has no unit (ms)";

/* Return VALUE, a number with its unit, in milliseconds; or -1 if it is not a time,
 * or has no unit. */
static long long
milliseconds(const char *value)
{
	static const struct { const char *name; long long ms; } unit[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 },
		{ "h", 3600 * 1000 }, { "d", 24 * 3600 * 1000 },
	};
	size_t digits = strspn(value, "0123456789");
	const char *wrong;
	char number[NUMBER_BYTES];
	long long n;

	if (digits == 0 || digits >= sizeof number)
		return -1;
	memcpy(number, value, digits);
	number[digits] = '\0';
	n = strtonum(number, 0, 99999999999LL, &wrong);
	if (wrong != NULL)
		return -1;
	/* Zero is the same in each unit. */
	if (value[digits] == '\0' && n == 0)
		return 0;
	for (size_t i = 0; i < sizeof unit / sizeof *unit; i++)
		if (strcmp(value + digits, unit[i].name) == 0)
			return n * unit[i].ms;
	return -1;
}

/* Return whether VALUE is a number without a unit, which could mean minutes or
 * seconds. */
static bool
lacks_unit(const char *value)
{
	size_t digits = strspn(value, "0123456789");

	return digits > 0 && digits < NUMBER_BYTES && value[digits] == '\0';
}

static const char *
set_time(unsigned int *seconds, const char *value, long long most)
{
	long long ms = milliseconds(value);

	if (ms < 0 && lacks_unit(value))
		return no_unit;
	if (ms < 0 || ms % 1000 != 0)
		return "must be a time such as 90s, 30m or 1h";
	if (ms < 1000 || ms / 1000 > most)
		return most == AUTHMAP_WINDOW_MAX ? "must be from 1s to 31d" :
		    "must be from 1s to 3650d";
	*seconds = (unsigned int)(ms / 1000);
	return NULL;
}

void
settings_why(const char *value, const char *why, char text[SETTINGS_WHY_BYTES])
{
	char number[NUMBER_BYTES];

	(void)strlcpy(number, value, sizeof number);
	if (why == no_unit)
		(void)snprintf(text, SETTINGS_WHY_BYTES, "has no unit: write "
		    "%ss, %sm, %sh or %sd", number, number, number, number);
	else if (why == no_unit_ms)
		(void)snprintf(text, SETTINGS_WHY_BYTES, "has no unit: write "
		    "%sms", number);
	else
		(void)strlcpy(text, why, SETTINGS_WHY_BYTES);
}

const char *
settings_set_seconds(void *where, const char *value)
{
	return set_time(where, value, AUTHMAP_WINDOW_MAX);
}

const char *
settings_time(const char *text, unsigned int *seconds)
{
	return set_time(seconds, text, 3650LL * 24 * 3600);
}

const char *
settings_set_timeout(void *where, const char *value)
{
	long long ms = milliseconds(value);

	if (ms < 0 && lacks_unit(value))
		return no_unit_ms;
	if (ms < 0)
		return "must be a time such as 250ms or 1s";
	if (ms < 1 || ms > 10000)
		return "must be from 1ms to 10s";
	*(unsigned int *)where = (unsigned int)ms;
	return NULL;
}
