/* SPDX-License-Identifier: ISC */
/*
 * pace: record RATE new addresses a second, for some SECONDS.
 *
 * usage: pace conf rate seconds [net]
 *
 * They are in the network NET after 10.0.0.0/8, by default in that itself.  Prints
 * how many were granted.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/safefile.h"
#include "handle.h"

int
main(int argc, char **argv)
{
	struct authmap *am;
	long long begin = monotonic_us();
	int rate, count, net = 10, granted = 0;

	if (argc != 4 && argc != 5)
		errx(2, "usage: pace conf rate seconds [net]");
	if (argc == 5)
		net += atoi(argv[4]);
	rate = atoi(argv[2]);
	count = rate * atoi(argv[3]);
	am = handle(argv[1]);
	for (int i = 0; i < count; i++) {
		long long early = begin + i * 1000000LL / rate - monotonic_us();
		const struct timespec pause = { 0, (long)early * 1000 };
		char address[64];
		const struct authmap_login login = {
			.address = address, .user = "joe", .service = "imap"
		};

		if (early > 0)
			(void)nanosleep(&pause, NULL);
		(void)snprintf(address, sizeof address, "%d.%d.%d.%d",
		    net, i / 65536, i / 256 % 256, i % 256);
		granted += authmap_record(am, &login) == AUTHMAP_GRANTED;
	}
	(void)printf("%d granted in %.1f s\n", granted,
	    (double)(monotonic_us() - begin) / 1e6);
	authmap_free(am);
	return 0;
}
