/* SPDX-License-Identifier: ISC */
/* How wide and how long a new file is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/gdbmfile-layout.h"

#define ARENA_MIN_BYTES (32 * 1024 * 1024)
#define DIRECTORY_AT BLOCK_BYTES	/* right behind the header */

/* How many elements an entry of the directory has. */
struct fill {
	uint16_t all;
	uint16_t spread;	/* of each crowd CROWD_MAX at the most */
};

/* What FROM's elements say, before any of their records is read. */
struct plan {
	struct fill *fill;	/* of each entry, of the widest directory at first */
	int64_t entries;
	int64_t bytes;		/* of the records */
};

static enum gdbmfile_status
plan_element(struct gdbmfile *file, const struct element *element, void *arg)
{
	struct plan *plan = arg;
	struct fill *fill = &plan->fill[(uint32_t)element->hash >>
	    (HASH_BITS - DIRECTORY_BITS_MAX)];

	(void)file;
	if (element->key_size < 1 || element->key_size > GDBMFILE_KEY_MAX ||
	    element->value_size < 0 || element->value_size > GDBMFILE_VALUE_MAX)
		return GDBMFILE_OK;
	if (fill->all < UINT16_MAX)
		fill->all++;
	plan->entries++;
	plan->bytes += element->key_size + element->value_size;
	return GDBMFILE_OK;
}

static uint16_t
add(uint16_t a, uint16_t b)
{
	return (uint16_t)(a + b < UINT16_MAX ? a + b : UINT16_MAX);
}

/* From a directory of 2^BITS entries to the next narrower: two become one. */
static void
narrow(struct plan *plan, unsigned int bits)
{
	for (size_t i = 0; i < (size_t)1 << (bits - 1); i++) {
		const struct fill *two = &plan->fill[2 * i];
		struct fill one = { add(two[0].all, two[1].all),
		    add(two[0].spread, two[1].spread) };

		plan->fill[i] = one;
	}
}

/* Has each bucket of a directory of 2^BITS entries room, and none too many? */
static bool
fits(const struct plan *plan, unsigned int bits)
{
	for (size_t i = 0; i < (size_t)1 << bits; i++)
		if (plan->fill[i].spread > BUCKET_ROOMY ||
		    plan->fill[i].all > BUCKET_ELEMENTS)
			return false;
	return true;
}

/*
 * The narrowest directory in which each bucket fits.  If there is none, the old
 * width, NOW, or the widest, whichever is wider.
 */
static unsigned int
plan_bits(struct plan *plan, unsigned int now)
{
	unsigned int most = gdbmfile_bits_max(plan->entries), at;
	unsigned int bits = now > most ? now : most;

	for (at = DIRECTORY_BITS_MAX; at > most; at--)
		narrow(plan, at);
	for (size_t i = 0; i < (size_t)1 << most; i++) {
		uint16_t all = plan->fill[i].all;

		plan->fill[i].spread = all < CROWD_MAX ? all : CROWD_MAX;
	}
	while (at >= DIRECTORY_BITS_MIN && fits(plan, at)) {
		bits = at;
		narrow(plan, at--);
	}
	return bits;
}

enum gdbmfile_status
gdbmfile_plan(struct gdbmfile *from, struct gdbmfile *to)
{
	struct plan plan = { .entries = 0 };
	enum gdbmfile_status status = GDBMFILE_OK;
	int64_t buckets, spare;

	plan.fill = calloc((size_t)1 << DIRECTORY_BITS_MAX, sizeof *plan.fill);
	if (plan.fill == NULL)
		return gdbmfile_fail(to, GDBMFILE_ERROR, strerror(ENOMEM));
	if (from != NULL)
		status = gdbmfile_each_element(from, plan_element, &plan);
	to->bits = plan_bits(&plan, from != NULL && from->ours ? from->bits : 0);
	free(plan.fill);
	if (status != GDBMFILE_OK)
		return gdbmfile_fail(to, status, from->why);
	/* The new file's length follows from these. */
	if (from != NULL && plan.bytes > from->size)
		return gdbmfile_fail(to, GDBMFILE_INVALID,
		    "its records overlap");
	buckets = (int64_t)1 << to->bits;
	if (buckets > plan.entries)
		buckets = plan.entries;
	/* A record begins at a multiple of 8 bytes. */
	plan.bytes += 8 * plan.entries + buckets * BLOCK_BYTES;
	spare = plan.bytes > ARENA_MIN_BYTES ? plan.bytes : ARENA_MIN_BYTES;
	to->ours = true;
	to->restored = from == NULL ? 0 : !from->ours ?
	    GDBMFILE_RESTORED : from->restored;
	to->elements = BUCKET_ELEMENTS;
	to->directory = DIRECTORY_AT;
	to->empty = DIRECTORY_AT + ((off_t)8 << to->bits);
	to->arena = to->empty + BLOCK_BYTES;
	to->size = (to->arena + plan.bytes + spare + BLOCK_BYTES - 1) /
	    BLOCK_BYTES * BLOCK_BYTES;
	return GDBMFILE_OK;
}
