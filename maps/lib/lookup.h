/* SPDX-License-Identifier: ISC */
/*
 * Lookups as authmap_lookup() does them, many with one open map.
 *
 * A function of this layer that fails returns an enum authmap_result, or -1, and has
 * logged the reason, once.
 */
#ifndef LIB_LOOKUP_H
#define LIB_LOOKUP_H

#include "base/address.h"
#include "store/map.h"

/* MAP is NULL at first.  A process that forks must not use it in its child. */
struct reader {
	const struct authmap *am;
	struct map *map;
	enum map_status status;		/* the result of opening it */
};

/* Open the published map and read the block list, if they have changed.  One call is
 * enough for all lookups that are answered at once. */
void reader_renew(struct reader *reader);

/* Look up ADDRESS, after reader_renew().  Return as authmap_lookup() does. */
int reader_lookup(struct reader *reader, const struct address *address,
    struct authmap_entry *entry);

/* Close the map.  READER may be used again. */
void reader_close(struct reader *reader);

#endif
