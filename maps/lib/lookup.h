/* SPDX-License-Identifier: ISC */
/* Lookups, as authmap_lookup() has them, many with one open map. */
#ifndef LIB_LOOKUP_H
#define LIB_LOOKUP_H

#include "base/address.h"
#include "store/map.h"

/* Begins with MAP NULL; a process that forks must not go on with it. */
struct reader {
	const struct authmap *am;
	struct map *map;
	enum map_status status;		/* what came of opening it */
	const char *trouble;		/* with relay.blocks, or NULL */
};

/*
 * Makes sure that what is asked from now on is looked up in the map that is
 * published now.  Questions that come at once take one such look.
 */
void reader_renew(struct reader *reader);

/* May ADDRESS relay?  After reader_renew(), as authmap_lookup(). */
int reader_lookup(struct reader *reader, const struct address *address,
    struct authmap_entry *entry);

/* Closes the map; READER may be used again. */
void reader_close(struct reader *reader);

#endif
