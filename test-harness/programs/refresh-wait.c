/* SPDX-License-Identifier: ISC */
/*
 * refresh-wait: keep refreshing an entry, and print the longest wait.
 *
 * usage: refresh-wait conf address user
 *
 * Upon SIGTERM, prints the number of refreshes, and the time of the longest.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "handle.h"
#include "timing.h"

static volatile sig_atomic_t stop;

static void
on_term(int number)
{
	stop = number;
}

int
main(int argc, char **argv)
{
	unsigned long count = 0;
	double longest = 0;
	struct authmap *am;

	if (argc != 4)
		errx(2, "usage: refresh-wait conf address user");
	am = handle(argv[1]);
	(void)signal(SIGTERM, on_term);
	while (!stop) {
		const struct authmap_login login = {
			.address = argv[2], .user = argv[3], .service = "imap"
		};
		double begin = now_us(), took;

		if (authmap_record(am, &login) != AUTHMAP_REFRESHED)
			errx(1, "%s: not refreshed", argv[2]);
		took = now_us() - begin;
		if (took > longest)
			longest = took;
		count++;
		(void)usleep(1000);
	}
	(void)printf("%lu refreshes, %.1f ms at the longest\n", count,
	    longest / 1000);
	authmap_free(am);
	return 0;
}
