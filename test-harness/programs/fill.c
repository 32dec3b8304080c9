/* SPDX-License-Identifier: ISC */
/*
 * fill: make a map of many entries for tests and benchmarks.
 *
 * usage: fill conf count [brief]
 *
 * The entries are 10.0.0.0 and so on, of user joe and with the configured window.
 * The last BRIEF entries expire in a few seconds.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "handle.h"
#include "store/writer.h"

#define BRIEF 4			/* seconds */

int
main(int argc, char **argv)
{
	struct authmap *am;
	struct writer w;
	long count, brief;
	int lock;

	if (argc < 3)
		errx(2, "usage: fill conf count [brief]");
	count = atol(argv[2]);
	brief = argc > 3 ? atol(argv[3]) : 0;
	am = handle(argv[1]);
	lock = lock_wait(am, deadline_in(1000));
	if (lock == -1)
		err(1, "%s", am->files.lock);
	writer_begin(&w, am, lock, DEADLINE_NEVER);
	(void)unlink(am->files.map);
	if (writer_map(&w) != MAP_OK || map_restored(w.map) != MAP_OK)
		errx(1, "%s", map_error());
	for (long i = 0; i < count; i++) {
		struct change change = { .op = CHANGE_RESTORE };

		(void)snprintf(change.key, sizeof change.key, "10.%ld.%ld.%ld",
		    i / 65536, i / 256 % 256, i % 256);
		/* Making many entries may take long. */
		record_fill(&change.record, time(NULL) - 10, i >= count - brief ?
		    10 + BRIEF : authmap_window(am), "imap", "joe");
		if (writer_apply(&w, &change, NULL, NULL) != MAP_OK)
			errx(1, "%s", map_error());
	}
	writer_end(&w);
	authmap_free(am);
	return 0;
}
