/* SPDX-License-Identifier: ISC */
/* The size of a new file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/gdbmfile-layout.h"

#define ENTRIES_PER_BUCKET 83	/* when half full: directories are made for that */
#define WIDER_BITS 3		/* a directory is up to 8 times as wide as needed */
#define ARENA_MIN_BYTES (32 * 1024 * 1024)
#define DIRECTORY_AT BLOCK_BYTES	/* right behind the header */

/* The number of elements of a directory entry. */
struct fill {
	uint16_t all;
	uint16_t spread;	/* at most CROWD_MAX of each crowd */
};

/* What the new file needs.  It is computed from the lengths in the elements of the
 * old file: no record is read for it. */
struct plan {
	struct fill *fill;	/* of each directory entry; at first, of the widest
				   directory */
	unsigned int bits;	/* of the widest directory that may be needed */
	int64_t entries;
	int64_t bytes;		/* of the records */
};

static enum gdbmfile_status
plan_element(struct gdbmfile *file, off_t bucket, const struct element *element,
    void *arg)
{
	struct plan *plan = arg;
	struct fill *fill = &plan->fill[(uint32_t)element->hash >>
	    (HASH_BITS - plan->bits)];

	(void)file;
	(void)bucket;
	if (!lengths_fit(element))
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

/* Halve the directory, which has 2^BITS entries, by adding up each pair. */
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

/* Return whether each bucket of a directory of 2^BITS entries has room for its
 * elements, and their number is not too high. */
static bool
fits(const struct plan *plan, unsigned int bits)
{
	for (size_t i = 0; i < (size_t)1 << bits; i++)
		if (plan->fill[i].spread > BUCKET_ROOMY ||
		    plan->fill[i].all > BUCKET_ELEMENTS)
			return false;
	return true;
}

unsigned int
gdbmfile_bits_max(int64_t entries)
{
	unsigned int bits = DIRECTORY_BITS_MIN;

	while (bits < DIRECTORY_BITS_MAX - WIDER_BITS &&
	    ((int64_t)ENTRIES_PER_BUCKET << bits) < entries)
		bits++;
	return bits + WIDER_BITS;
}

/*
 * Return the bits of the narrowest directory in which each bucket has room.  If
 * there is none, return the old width, NOW, or the largest allowed, whichever is
 * wider.
 */
static unsigned int
plan_bits(struct plan *plan, unsigned int now)
{
	unsigned int most = gdbmfile_bits_max(plan->entries), at;
	unsigned int bits = now > most ? now : most;

	for (at = plan->bits; at > most; at--)
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

	plan.bits = gdbmfile_bits_max(from == NULL ? 0 :
	    (int64_t)from->elements << from->bits);
	plan.fill = calloc((size_t)1 << plan.bits, sizeof *plan.fill);
	if (plan.fill == NULL)
		return gdbmfile_fail(to, GDBMFILE_ERROR, strerror(ENOMEM));
	if (from != NULL)
		status = gdbmfile_each_element(from, plan_element, &plan);
	to->bits = plan_bits(&plan, from != NULL && from->ours ? from->bits : 0);
	free(plan.fill);
	if (status != GDBMFILE_OK)
		return gdbmfile_fail(to, status, from->why);
	/* A copy takes no more: it fails if the records that can be read overlap.
	 * An element whose record cannot be read may claim any size. */
	if (from != NULL && plan.bytes > from->size)
		plan.bytes = from->size;
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
	to->arena = stamps_at(to) + ((off_t)8 << to->bits);
	to->size = (to->arena + plan.bytes + spare + BLOCK_BYTES - 1) /
	    BLOCK_BYTES * BLOCK_BYTES;
	return to->size <= FILE_BYTES_MAX ? GDBMFILE_OK :
	    gdbmfile_fail(to, GDBMFILE_INVALID, "too long");
}
