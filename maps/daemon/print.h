/* SPDX-License-Identifier: ISC */
/* Encoded output of the programs, and errors of the command line. */
#ifndef DAEMON_PRINT_H
#define DAEMON_PRINT_H

#include <stdio.h>

#include "base/log.h"

/*
 * Print to OUT as printf(3) does, but encode each string of any length, see
 * encode.h.  FORMAT itself is printed unchanged.  It may have %s, also with a width
 * as in "%-8s" or "%-*s", and %lld.
 */
void print(FILE *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Log to LOG what is wrong with an option.  getopt(3) would print it unencoded, so
 * the caller sets opterr to 0 and begins the short options with ":".  C is the
 * return value of getopt_long(3), ":" or "?".
 */
void print_option_wrong(const struct log *log, int c, int argc, char **argv);

#endif
