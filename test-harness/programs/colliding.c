/* SPDX-License-Identifier: ISC */
/*
 * colliding: print addresses whose hashes begin with the same bits.
 *
 * usage: colliding count bits [seed [other]]
 *
 * The first BITS of the 31 bits of each hash are the same.  With OTHER, bit number
 * OTHER of each hash is inverted.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "colliding.h"

int
main(int argc, char **argv)
{
	uint32_t hash = COLLIDING_HASH;
	uint64_t seed;
	int bits;

	if (argc < 3)
		errx(2, "usage: colliding count bits [seed [other]]");
	bits = atoi(argv[2]);
	seed = argc > 3 ? (uint64_t)atoll(argv[3]) : 0;
	if (bits < 1 || bits > 31)
		errx(2, "from 1 to 31 bits");
	if (argc > 4)
		hash ^= (uint32_t)1 << (31 - atoi(argv[4]));
	for (int i = 0; i < atoi(argv[1]); i++) {
		char key[COLLIDING_SIZE];

		colliding_next(hash, (unsigned int)bits, &seed, key);
		(void)printf("%s\n", key);
	}
	return 0;
}
