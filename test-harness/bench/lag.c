/* SPDX-License-Identifier: ISC */
/*
 * lag: how long a login on one host takes to be found on another.
 *
 * usage: lag conf other-conf count first
 *
 * Records COUNT addresses from number FIRST on, one after the other, IPv4 and
 * IPv6 in turn, through CONF, and looks each up through OTHER-CONF until it is
 * found.  Prints the median, the 99th of a hundred, and the longest, in
 * milliseconds.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../programs/handle.h"
#include "../programs/timing.h"

/* No lag is as long as this, in milliseconds. */
#define GIVE_UP 10000

static double
measure(struct authmap *here, struct authmap *there, int i)
{
	const struct timespec pause = { .tv_nsec = 200 * 1000 };
	char address[64];
	struct authmap_login login = { .address = address, .user = "joe",
	    .service = "imap" };
	double begin = now_us();

	(void)snprintf(address, sizeof address, i % 2 == 0 ? "198.18.%d.%d" :
	    "2001:db8:%x::%x", i / 250, i % 250 + 1);
	if (authmap_record(here, &login) != AUTHMAP_GRANTED)
		errx(1, "%s is not granted", address);
	while (authmap_lookup(there, address, NULL) != 1) {
		if (now_us() - begin > GIVE_UP * 1000)
			errx(1, "%s is not found", address);
		(void)nanosleep(&pause, NULL);
	}
	return (now_us() - begin) / 1000;
}

int
main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	struct authmap *here, *there;
	double *lag, middle;
	int count;

	if (argc != 5 || (count = atoi(argv[3])) < 1)
		errx(2, "usage: lag conf other-conf count first");
	here = handle(argv[1]);
	there = handle(argv[2]);
	lag = calloc((size_t)count, sizeof *lag);
	if (lag == NULL)
		err(1, NULL);
	for (int i = 0; i < count; i++) {
		lag[i] = measure(here, there, i + atoi(argv[4]));
		(void)nanosleep(&pause, NULL);
	}
	middle = median(lag, (size_t)count);
	(void)printf("%.2f %.2f %.2f\n", middle, lag[count * 99 / 100],
	    lag[count - 1]);
	free(lag);
	authmap_free(here);
	authmap_free(there);
	return 0;
}
