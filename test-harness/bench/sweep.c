/* SPDX-License-Identifier: ISC */
/*
 * sweep: what a sweep costs that removes half of the entries, beside a copy of the
 * map by cp(1).
 *
 * usage: sweep conf [unsaved]
 *
 * "fill" has made the map.  With "unsaved", the sweep cannot save what remains.
 * Prints, in milliseconds: the copy, the sweep, and how long it held the writers'
 * lock until it had published the new map.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../programs/handle.h"
#include "../programs/timing.h"
#include "base/handle.h"
#include "store/counters.h"
#include "sweeper/sweep.h"

#define AFTER_SECS 60		/* the brief entries have expired by then */

static time_t
bench_clock(time_t *t)
{
	return time(t) + AFTER_SECS;
}

static double
sweep_ms(struct authmap *am)
{
	struct sweep memory = { .scanned_at = 0 };
	struct sweep_report report;
	double begin = now_us();

	am->clock = bench_clock;
	if (sweep_run(am, &memory, &report) == -1 || report.expired == 0)
		errx(1, "nothing was swept");
	return (now_us() - begin) / 1e3;
}

static double
copy_ms(const struct authmap *am)
{
	char copied[FILES_PATH_BYTES + 8], command[2 * sizeof copied];
	double begin = now_us();

	(void)snprintf(copied, sizeof copied, "%s.copy", am->files.map);
	(void)snprintf(command, sizeof command, "cp '%s' '%s'", am->files.map,
	    copied);
	if (system(command) != 0 || unlink(copied) == -1)
		err(1, "%s", command);
	return (now_us() - begin) / 1e3;
}

int
main(int argc, char **argv)
{
	struct counters counters;
	struct authmap *am;
	double copied, swept;

	if (argc < 2)
		errx(2, "usage: sweep conf [unsaved]");
	am = handle(argv[1]);
	if (argc > 2)
		(void)strlcpy(am->files.saving, "/nonexistent/saving",
		    sizeof am->files.saving);
	copied = copy_ms(am);
	swept = sweep_ms(am);
	if (counters_read(am, &counters) == -1)
		err(1, "%s", am->files.lock);
	(void)printf("%8.0f %8.0f %8.1f\n", copied, swept,
	    (double)counters.of[COUNT_LOCK_HELD_US] / 1e3);
	authmap_free(am);
	return 0;
}
