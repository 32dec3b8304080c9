/* SPDX-License-Identifier: ISC */
/* Just enough of RFC 8259 to print what the tool knows. */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include <stdio.h>

/*
 * Print TEXT to OUT as a JSON string of printable ASCII: every other character
 * is escaped, so that no control or bidirectional mark reaches a terminal.
 * Bytes that are no UTF-8 come out as the lone surrogates U+DC80 to U+DCFF, as
 * Python's "surrogateescape" has it, so that any string of bytes can be had
 * back.
 */
void json_string(FILE *out, const char *text);

#endif
