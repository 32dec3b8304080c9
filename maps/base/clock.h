/* SPDX-License-Identifier: ISC */
/* Time spans and bounds on waits, which setting the system's time does not move. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>

/*
 * The end of a whole operation, in milliseconds of CLOCK_MONOTONIC; NEVER for
 * the sweeper, for which nobody waits.
 */
typedef long long deadline;
#define NEVER (-1LL)

/* Return the time of CLOCK_MONOTONIC in microseconds. */
long long monotonic_us(void);

/* Return the deadline that is MILLISECONDS from now. */
deadline deadline_in(unsigned int milliseconds);

/* Return whether END has passed; NEVER never does. */
bool deadline_over(deadline end);

/*
 * Sleep for a moment, a longer one each time it is called with the same
 * *MICROSECONDS (zero at first), and not much beyond END.
 */
void nap(unsigned int *microseconds, deadline end);

#endif
