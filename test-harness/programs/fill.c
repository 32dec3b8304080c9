/*
 * fill: makes a map of many entries for tests and benchmarks.
 *
 * usage: fill conf count [brief]
 *
 * 10.0.0.0 and so on, of user joe and with the configured window; the last
 * BRIEF of them are over in a few seconds.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/commit.h"
#include "handle.h"
#include "store/user-index.h"

#define BRIEF 4			/* seconds */

int
main(int argc, char **argv)
{
	struct users users;
	struct authmap *am;
	struct map *map;
	struct writer w;
	long count, brief;

	if (argc < 3)
		errx(2, "usage: fill conf count [brief]");
	count = atol(argv[2]);
	brief = argc > 3 ? atol(argv[3]) : 0;
	am = handle(argv[1]);
	writer_begin(&w, am, lock_wait(am, deadline_in(1000)), NEVER);
	if (map_create(&map, am, am->files.fresh) != MAP_OK)
		errx(1, "%s", map_error());
	if (!users_begin(am, &users, am->files.users))
		err(1, "%s", am->files.users);
	for (long i = 0; i < count; i++) {
		char key[AUTHMAP_ADDRESS_SIZE];
		struct record record;

		(void)snprintf(key, sizeof key, "10.%ld.%ld.%ld", i / 65536,
		    i / 256 % 256, i % 256);
		record_fill(&record, w.now - 10, i >= count - brief ?
		    10 + BRIEF : authmap_window(am), "imap", "joe");
		if (map_put(map, key, &record) != MAP_OK)
			errx(1, "%s", map_error());
		if (!users_add(&users, record.user, key))
			err(1, "%s", am->files.users);
	}
	if (!users_end(&users))
		err(1, "%s", am->files.users);
	users_close(&users);
	if (map_close(map) != MAP_OK ||
	    writer_publish(&w, am->files.fresh) != MAP_OK)
		errx(1, "%s", map_error());
	writer_end(&w);
	authmap_free(am);
	return 0;
}
