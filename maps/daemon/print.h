/* SPDX-License-Identifier: ISC */
/* What programs print on standard output, and of their command line. */
#ifndef DAEMON_PRINT_H
#define DAEMON_PRINT_H

#include <stdio.h>

#include "base/log.h"

/*
 * Print to OUT as printf(3) does, but each string encoded, see encode.h,
 * however long it is.  FORMAT itself is printed as it is.  It may have %s, with
 * a width as in "%-8s" or "%-*s", and %lld.
 */
void print(FILE *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Log to LOG what is wrong with an option.  getopt(3) would print it raw, so
 * the caller sets opterr to 0 and begins the short options with ":".  C is
 * what getopt_long(3) returned, ":" or "?".
 */
void print_option_wrong(const struct log *log, int c, int argc, char **argv);

#endif
