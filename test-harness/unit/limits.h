/* SPDX-License-Identifier: ISC */
/* Logins at a limit, and the addresses that may relay then. */
#ifndef LIMITS_H
#define LIMITS_H

#include "logins.h"
#include "sweeper/sweep.h"
#include "tap.h"

static struct sweep_report report;

/* Begin with an empty folder and the settings MORE. */
static inline void
begin(const char *more)
{
	char line[256];

	authmap_free(am);
	(void)snprintf(line, sizeof line, "rm -rf %s/relay.* %s/state/*",
	    scratch, scratch);
	if (scratch[0] != '\0' && system(line) != 0)
		err(1, "%s", line);
	am = scratch_authmap(more);
	scratch_now += 3600;
}

static inline void
settings(const char *more)
{
	authmap_free(am);
	am = scratch_authmap(more);
}

static inline void
sweep(void)
{
	struct sweep memory = { .scanned_at = 0 };

	is_int(sweep_run(am, &memory, &report), 0, "a sweep");
}

/* Return which of 192.0.2.1 to .9 may relay. */
static inline const char *
there(void)
{
	static char text[16];
	char address[32];
	size_t n = 0;

	for (int i = 1; i <= 9; i++) {
		(void)snprintf(address, sizeof address, "192.0.2.%d", i);
		if (authmap_lookup(am, address, NULL) == 1)
			text[n++] = (char)('0' + i);
	}
	text[n] = '\0';
	return text;
}

/* Record COUNT logins of USER from 192.0.2.FIRST on, some seconds apart. */
static time_t apart;

static inline void
logins(int first, int count, const char *user)
{
	char address[32];

	for (int i = first; i < first + count; i++) {
		scratch_now += apart;
		(void)snprintf(address, sizeof address, "192.0.2.%d", i);
		is_int(record(address, user), AUTHMAP_GRANTED, address);
	}
}

static inline int
said(const char *what)
{
	int n = 0;

	for (const char *at = scratch_log; (at = strstr(at, what)) != NULL;
	    at++)
		n++;
	return n;
}

#endif
