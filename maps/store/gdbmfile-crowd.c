/* SPDX-License-Identifier: ISC */
/* Which records a full bucket gives up. */
#include <stdlib.h>

#include "store/gdbmfile-layout.h"

/* Return how many elements of BUCKET are in the crowd of HASH. */
static unsigned int
crowd_of(const struct gdbmfile *file, const struct bucket *bucket, int32_t hash)
{
	unsigned int shift = HASH_BITS - gdbmfile_bits_max(file->entries);
	unsigned int size = 0;

	for (unsigned int i = 0; i < BUCKET_ELEMENTS; i++)
		size += bucket->element[i].hash >= 0 &&
		    bucket->element[i].hash >> shift == hash >> shift;
	return size;
}

unsigned int
gdbmfile_crowds(const struct gdbmfile *file, const struct bucket *bucket,
    unsigned int size[BUCKET_ELEMENTS])
{
	unsigned int largest = 0;

	for (unsigned int i = 0; i < BUCKET_ELEMENTS; i++) {
		int32_t hash = bucket->element[i].hash;

		size[i] = hash < 0 ? 0 : crowd_of(file, bucket, hash);
		if (size[i] > largest)
			largest = size[i];
	}
	return largest;
}

bool
gdbmfile_overfull(const struct gdbmfile *file, const struct bucket *bucket)
{
	unsigned int size[BUCKET_ELEMENTS], in[BUCKET_ELEMENTS + 1] = { 0 };
	unsigned int spread = 0;

	(void)gdbmfile_crowds(file, bucket, size);
	/* in[N] is the number of elements in crowds of N elements. */
	for (unsigned int i = 0; i < BUCKET_ELEMENTS; i++)
		in[size[i]]++;
	for (unsigned int i = 1; i <= BUCKET_ELEMENTS; i++)
		spread += i <= CROWD_MAX ? in[i] : in[i] / i * CROWD_MAX;
	return spread > BUCKET_ROOMY;
}

/* Find the element of the smallest rank in the crowds of WANTED elements. */
static enum gdbmfile_status
choose_in_crowd(struct gdbmfile *file, const struct bucket *bucket,
    const unsigned int size[BUCKET_ELEMENTS], unsigned int wanted,
    struct victim *victim)
{
	for (unsigned int i = 0; i < BUCKET_ELEMENTS; i++) {
		struct gdbmfile_record record;
		enum gdbmfile_status status;
		int64_t worth;

		if (size[i] != wanted)
			continue;
		status = gdbmfile_record_read(file, &bucket->element[i],
		    &record);
		if (status != GDBMFILE_OK && status != GDBMFILE_NOTFOUND)
			return status;
		if (status == GDBMFILE_NOTFOUND) {
			record.key[0] = '\0';
			record.key_len = 0;
		}
		worth = status == GDBMFILE_NOTFOUND ? GDBMFILE_FIRST :
		    victim->rank(&record, victim->arg);
		if (worth >= victim->least)
			continue;
		victim->least = worth;
		victim->at = i;
		*victim->evicted = record;
		if (worth == GDBMFILE_FIRST)
			break;
	}
	return GDBMFILE_OK;
}

enum gdbmfile_status
gdbmfile_choose_victim(struct gdbmfile *file, const struct bucket *bucket,
    const unsigned int size[BUCKET_ELEMENTS], struct victim *victim)
{
	unsigned int own = crowd_of(file, bucket, (int32_t)victim->hash);
	unsigned int smallest = own > CROWD_MAX ? own : 1;
	enum gdbmfile_status status = GDBMFILE_OK;

	victim->least = GDBMFILE_NEVER;
	for (unsigned int wanted = BUCKET_ELEMENTS; status == GDBMFILE_OK &&
	    victim->least == GDBMFILE_NEVER && wanted >= smallest; wanted--)
		status = choose_in_crowd(file, bucket, size, wanted, victim);
	return status != GDBMFILE_OK || victim->least < GDBMFILE_NEVER ?
	    status : GDBMFILE_FULL;
}

/* Sort by crowd, and in each crowd the highest rank first. */
static int
by_crowd(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->crowd != y->crowd)
		return x->crowd < y->crowd ? -1 : 1;
	return (x->rank < y->rank) - (x->rank > y->rank);
}

/* Sort records that must stay first, then one of each crowd in turn. */
static int
by_place(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	bool never = x->rank == GDBMFILE_NEVER;

	if (never != (y->rank == GDBMFILE_NEVER))
		return never ? -1 : 1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return (x->rank < y->rank) - (x->rank > y->rank);
}

void
gdbmfile_best_first(struct kept *kept, size_t count)
{
	qsort(kept, count, sizeof *kept, by_crowd);
	for (size_t i = 0; i < count; i++)
		kept[i].place = i > 0 && kept[i].crowd == kept[i - 1].crowd ?
		    kept[i - 1].place + 1 : 0;
	qsort(kept, count, sizeof *kept, by_place);
}
