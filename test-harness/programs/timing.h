/* SPDX-License-Identifier: ISC */
/* How long things took, and what to make of many such times. */
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

/* Sorts the COUNT values, and returns the one in the middle. */
static inline double
median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, compare_doubles);
	return values[count / 2];
}

#endif
