/* SPDX-License-Identifier: ISC */
/* Compute addresses whose hashes begin with the same bits. */
#ifndef COLLIDING_H
#define COLLIDING_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define COLLIDING_SIZE 39
#define COLLIDING_DIGITS 24
#define COLLIDING_MASK 0x7fffffffu

/* gdbm adds up the bytes of a key, shifted by 5 times their position, modulo 24. */
static inline unsigned int
colliding_shift(unsigned int place)
{
	return place * 5 % 24;
}

/* The positions of the digits that may be changed, the largest shift first. */
static inline void
colliding_places(const char *text, unsigned int place[COLLIDING_DIGITS])
{
	unsigned int count = 0;

	for (unsigned int shift = 24; shift-- > 0;)
		for (unsigned int i = 9; text[i] != '\0'; i++)
			if (text[i] != ':' && colliding_shift(i) == shift)
				place[count++] = i;
}

/* Return the sum of a key from which gdbm computes HASH: 1103515243 * sum +
 * 12345. */
static inline uint32_t
colliding_sum(uint32_t hash)
{
	uint32_t inverse = 1103515243u;

	for (int i = 0; i < 5; i++)
		inverse *= 2 - 1103515243u * inverse;
	return (hash - 12345u) * inverse & COLLIDING_MASK;
}

static inline uint32_t
colliding_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/*
 * Make KEY an address of 2001:db8::/32 that has HASH; another one as *SEED changes.
 * Returns false if none of the addresses without the digit 0 and letters has it.
 */
static inline bool
colliding_key(uint32_t hash, uint64_t *seed, char key[COLLIDING_SIZE])
{
	static const char least[] = "2001:db8:1111:1111:1111:1111:1111:1111";
	unsigned int place[COLLIDING_DIGITS];
	uint32_t rest = colliding_sum(hash) -
	    0x238F13AFu * (uint32_t)(sizeof least - 1);
	uint32_t below = 0;

	memcpy(key, least, sizeof least);
	colliding_places(key, place);
	for (unsigned int i = 0; key[i] != '\0'; i++)
		rest -= (uint32_t)key[i] << colliding_shift(i);
	rest &= COLLIDING_MASK;
	for (unsigned int i = 0; i < COLLIDING_DIGITS; i++)
		below += 8u << colliding_shift(place[i]);
	if (rest > below)
		return false;
	/* The digits to come must be able to add up to the rest. */
	for (unsigned int i = 0; i < COLLIDING_DIGITS; i++) {
		unsigned int shift = colliding_shift(place[i]);
		uint32_t from = 0, to = rest >> shift;

		below -= 8u << shift;
		if (rest > below)
			from = (rest - below + (1u << shift) - 1) >> shift;
		if (to > 8)
			to = 8;
		from += colliding_random(seed) % (to - from + 1);
		key[place[i]] = (char)(key[place[i]] + (char)from);
		rest -= from << shift;
	}
	return true;
}

/* Make KEY an address whose hash has the first BITS bits of HASH. */
static inline void
colliding_next(uint32_t hash, unsigned int bits, uint64_t *seed,
    char key[COLLIDING_SIZE])
{
	uint32_t low = COLLIDING_MASK >> bits;

	while (!colliding_key((hash & ~low) | (colliding_random(seed) & low),
	    seed, key))
		;
}

/* A hash that many of these addresses have. */
#define COLLIDING_HASH 0x5beb89aau

#endif
