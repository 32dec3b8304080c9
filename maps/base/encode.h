/* SPDX-License-Identifier: ISC */
/*
 * The encoder of all text that a log or a terminal is shown.
 *
 * Clients, the environment, files that others may write, other hosts and
 * other programs choose much of what is printed.  A newline in it would forge
 * a log line; ESC, a C1 control or a bidirectional mark would change what a
 * terminal shows.  So each byte that is not printable ASCII becomes a
 * backslash and three octal digits, whatever its character set.
 *
 * log_say() encodes every line, and print() each string, so their callers need
 * not.  json_string() has its own encoding, from which a program gets any text
 * back.
 *
 * A backslash stays as it is, so that a text that is encoded already, such as
 * a user of the map, passes unchanged.  A reader of the log then cannot tell a
 * newline from a client's own "\012".  That does no harm: both are plain
 * characters within their line.  Where a text must be decoded again (in the
 * map, in the blocks, in the responder's answers), record_vis_user() doubles
 * the backslash.
 */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include <stddef.h>

/* What stands at the end of a text that was cut. */
#define ENCODE_CUT "..."

/* The most characters that one byte becomes. */
#define ENCODE_BYTE_MAX 4

/* Encode the byte C into OUT, without a NUL, and return its length. */
size_t encode_byte(char c, char out[ENCODE_BYTE_MAX]);

/*
 * Encode the string TEXT into OUT, of SIZE bytes with its NUL, and return the
 * length of OUT.  A text that does not fit is cut, never within an encoded
 * byte, and ends in ENCODE_CUT.
 */
size_t encode_text(const char *text, char *out, size_t size);

/* Encode LEN bytes of TEXT, which may have NULs, as encode_text() does. */
size_t encode_bytes(const char *text, size_t len, char *out, size_t size);

/* Encode as encode_text() does, with MARK at the end of a text that was cut. */
size_t encode_column(const char *text, char *out, size_t size,
    const char *mark);

/*
 * Return the string TEXT encoded, and cut to MOST characters (a constant), in
 * an array of the enclosing block.  As an argument of log_say(), it keeps a
 * long text from pushing out of the line what follows.
 */
#define ENCODED(text, most) \
	encode_into((text), (char[(most) + 1]){ "" }, (most) + 1)
const char *encode_into(const char *text, char *out, size_t size);

#endif
