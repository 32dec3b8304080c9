/* SPDX-License-Identifier: ISC */
/* How wide and how long a new file is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/gdbmfile-layout.h"

#define ARENA_MIN_BYTES (32 * 1024 * 1024)
#define DIRECTORY_AT BLOCK_BYTES	/* right behind the header */

/* What FROM's elements say, before any of their records is read. */
struct plan {
	uint16_t *count;	/* elements of each entry of the widest directory */
	int64_t entries;
	int64_t bytes;		/* of the records */
};

static enum gdbmfile_status
plan_element(struct gdbmfile *file, const struct element *element, void *arg)
{
	struct plan *plan = arg;
	uint16_t *count = &plan->count[(uint32_t)element->hash >>
	    (HASH_BITS - DIRECTORY_BITS_MAX)];

	(void)file;
	if (element->key_size < 1 || element->key_size > GDBMFILE_KEY_MAX ||
	    element->value_size < 0 || element->value_size > GDBMFILE_VALUE_MAX)
		return GDBMFILE_OK;
	if (*count < UINT16_MAX)
		++*count;
	plan->entries++;
	plan->bytes += element->key_size + element->value_size;
	return GDBMFILE_OK;
}

/* The narrowest directory whose fullest bucket has room, but not too wide. */
static unsigned int
plan_bits(struct plan *plan)
{
	unsigned int most = gdbmfile_bits_max(plan->entries), bits = most;

	for (unsigned int b = DIRECTORY_BITS_MAX; b >= DIRECTORY_BITS_MIN; b--) {
		unsigned int fullest = 0;

		for (size_t i = 0; i < (size_t)1 << b; i++)
			if (plan->count[i] > fullest)
				fullest = plan->count[i];
		if (b <= most && fullest <= BUCKET_ROOMY)
			bits = b;
		/* Two entries are one in the next narrower directory. */
		for (size_t i = 0; i < (size_t)1 << (b - 1); i++) {
			unsigned int sum = (unsigned int)plan->count[2 * i] +
			    plan->count[2 * i + 1];

			plan->count[i] = (uint16_t)(sum < UINT16_MAX ? sum :
			    UINT16_MAX);
		}
	}
	return bits;
}

enum gdbmfile_status
gdbmfile_plan(struct gdbmfile *from, struct gdbmfile *to)
{
	struct plan plan = { .entries = 0 };
	enum gdbmfile_status status = GDBMFILE_OK;
	int64_t buckets, spare;

	plan.count = calloc((size_t)1 << DIRECTORY_BITS_MAX, sizeof *plan.count);
	if (plan.count == NULL)
		return gdbmfile_fail(to, GDBMFILE_ERROR, strerror(ENOMEM));
	if (from != NULL)
		status = gdbmfile_each_element(from, plan_element, &plan);
	to->bits = plan_bits(&plan);
	free(plan.count);
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
