/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <time.h>

#define NAP_FIRST_US 200
#define NAP_MAX_US 5000

long long
monotonic_us(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
		return 0;
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

deadline
deadline_in(unsigned int milliseconds)
{
	return monotonic_us() / 1000 + milliseconds;
}

bool
deadline_passed(deadline end)
{
	return end != DEADLINE_NEVER && monotonic_us() >= end * 1000;
}

void
nap(unsigned int *microseconds, deadline end)
{
	unsigned int us = *microseconds == 0 ? NAP_FIRST_US : *microseconds;
	struct timespec pause;
	long long left;

	*microseconds = us + us / 2 > NAP_MAX_US ? NAP_MAX_US : us + us / 2;
	if (end != DEADLINE_NEVER) {
		left = end * 1000 - monotonic_us();
		if (left <= 0)
			return;
		if (us > left)
			us = (unsigned int)left;
	}
	pause.tv_sec = 0;
	pause.tv_nsec = (long)us * 1000;
	(void)nanosleep(&pause, NULL);
}
