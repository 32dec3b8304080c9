/* Just enough of RFC 8259 to print what the tool knows. */
#ifndef JSON_H
#define JSON_H

#include <stdio.h>

/*
 * Prints TEXT as a JSON string.  Bytes that are no UTF-8 come out as the lone
 * surrogates U+DC80 to U+DCFF, as Python's "surrogateescape" has it, so that
 * any string of bytes can be had back.
 */
void json_string(FILE *out, const char *text);

#endif
