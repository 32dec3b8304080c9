/* SPDX-License-Identifier: ISC */
/* Deadlines and waits, which do not depend on the system's time being set. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>

/*
 * The time by which an operation must end, in milliseconds of CLOCK_MONOTONIC.
 * DEADLINE_NEVER is for operations for which no login waits.
 */
typedef long long deadline;
#define DEADLINE_NEVER (-1LL)

/* Return the time of CLOCK_MONOTONIC in microseconds. */
long long monotonic_us(void);

/* Return the deadline that is MILLISECONDS from now. */
deadline deadline_in(unsigned int milliseconds);

/* Return whether END has passed; DEADLINE_NEVER never does. */
bool deadline_passed(deadline end);

/*
 * Sleep for a moment, but not beyond END.  *MICROSECONDS is zero before the first
 * call; each call with it sleeps longer.
 */
void nap(unsigned int *microseconds, deadline end);

#endif
