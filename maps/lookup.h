/* Lookups, as authmap_lookup() has them, many with one open map. */
#ifndef LOOKUP_H
#define LOOKUP_H

#include "address.h"
#include "map.h"

/* Begins with MAP NULL; a process that forks must not go on with it. */
struct reader {
	const struct authmap *am;
	struct map *map;
};

/*
 * May ADDRESS relay now?  As authmap_lookup(); the map stays open, and is
 * opened anew when another has been published.
 */
int reader_lookup(struct reader *reader, const struct address *address,
    struct authmap_entry *entry);

/* Closes the map; READER may be used again. */
void reader_close(struct reader *reader);

#endif
