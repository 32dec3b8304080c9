/* SPDX-License-Identifier: ISC */
/*
 * grants: record RATE new addresses a second until SIGTERM.
 *
 * usage: grants conf rate number count
 *
 * They are in the network NUMBER after 10.0.0.0/8, and expire after BRIEF seconds.
 * After every fourth, it extends one of 10.0.0.0 and the COUNT - 1 addresses after
 * it.  Prints how many were granted and extended.  Exits 0 if all were.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "handle.h"

#define BRIEF 3			/* seconds; programs/foreign knows it, too */

static volatile sig_atomic_t stopped;

static void
stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static enum authmap_result
record(struct authmap *am, int net, int number, unsigned int window)
{
	char address[64];
	const struct authmap_login login = { .address = address,
	    .user = "joe", .service = "imap", .window = window };

	(void)snprintf(address, sizeof address, "%d.%d.%d.%d", net,
	    number / 65536 % 256, number / 256 % 256, number % 256);
	return authmap_record(am, &login);
}

int
main(int argc, char **argv)
{
	struct authmap *am;
	long long begin = monotonic_us();
	int rate, net, count, asked = 0, extensions = 0, granted = 0, extended = 0;

	if (argc != 5)
		errx(2, "usage: grants conf rate number count");
	am = handle(argv[1]);
	rate = atoi(argv[2]);
	net = 10 + atoi(argv[3]);
	count = atoi(argv[4]);
	(void)signal(SIGTERM, stop);
	for (; !stopped; asked++) {
		long long early = begin + asked * 1000000LL / rate -
		    monotonic_us();
		const struct timespec pause = { 0, (long)early * 1000 };

		if (early > 0)
			(void)nanosleep(&pause, NULL);
		granted += record(am, net, asked, BRIEF) == AUTHMAP_GRANTED;
		if (asked % 4 == 0) {
			extensions++;
			extended += record(am, 10, rand() % count, 0) ==
			    AUTHMAP_REFRESHED;
		}
	}
	(void)printf("%d granted, %d extended in %.1f s\n", granted, extended,
	    (double)(monotonic_us() - begin) / 1e6);
	authmap_free(am);
	return granted == asked && extended == extensions ? 0 : 1;
}
