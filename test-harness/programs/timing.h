/* SPDX-License-Identifier: ISC */
/* Measure times, and sort them. */
#ifndef TIMING_H
#define TIMING_H

#include <stdlib.h>

#include "base/clock.h"
#include "base/safefile.h"

static inline double
now_us(void)
{
	return (double)monotonic_us();
}

static inline int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sort the COUNT values, and return the median. */
static inline double
median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, compare_doubles);
	return values[count / 2];
}

#endif
