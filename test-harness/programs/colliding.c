/* SPDX-License-Identifier: ISC */
/*
 * colliding: prints addresses whose hashes are alike.
 *
 * usage: colliding count bits [seed]
 *
 * The first BITS bits of the hashes, of 31, are the same.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "colliding.h"

int
main(int argc, char **argv)
{
	uint64_t seed;
	int bits;

	if (argc < 3)
		errx(2, "usage: colliding count bits [seed]");
	bits = atoi(argv[2]);
	seed = argc > 3 ? (uint64_t)atoll(argv[3]) : 0;
	if (bits < 1 || bits > 31)
		errx(2, "from 1 to 31 bits");
	for (int i = 0; i < atoi(argv[1]); i++) {
		char key[COLLIDING_SIZE];

		colliding_next(COLLIDING_HASH, (unsigned int)bits, &seed, key);
		(void)printf("%s\n", key);
	}
	return 0;
}
