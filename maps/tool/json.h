/* SPDX-License-Identifier: ISC */
/* Print JSON (RFC 8259). */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include <stdio.h>

/*
 * Print TEXT to OUT as a JSON string of printable ASCII.  Every other character is
 * escaped, so that no control or bidirectional mark reaches a terminal.  A byte that
 * is not valid UTF-8 becomes a lone surrogate from U+DC80 to U+DCFF, as with
 * Python's "surrogateescape", so that no byte is lost.
 */
void json_string(FILE *out, const char *text);

#endif
