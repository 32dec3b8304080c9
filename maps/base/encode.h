/* SPDX-License-Identifier: ISC */
/*
 * The encoder for all text that is written to a log or a terminal.
 *
 * Much of this text is chosen by clients, the environment, other hosts, other
 * programs, or files that other users may write.  A newline in it would forge a log
 * line; ESC, a C1 control or a bidirectional mark would change what a terminal
 * shows.  So each byte that is not printable ASCII becomes a backslash and three
 * octal digits, whatever its character set.
 *
 * log_say() encodes every line, and print() encodes each string, so their callers
 * need not.  json_string() has its own encoding, which can be decoded.
 *
 * A backslash is not changed, so that text that is encoded already, such as a user
 * of the map, stays the same.  A reader of the log then cannot distinguish an
 * encoded newline from the characters "\012" of a client.  That is harmless: both
 * are plain characters within their line.  Text that must be decoded again (in the
 * map, the block list and the responder's replies) is encoded by record_vis_user(),
 * which doubles the backslash.
 */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include <stddef.h>

/* The end of a text that was cut. */
#define ENCODE_CUT "..."

/* The largest number of characters for one byte. */
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
 * Return the string TEXT encoded, and cut to MOST characters (a constant), in an
 * array of the enclosing block.  Use it for an argument of log_say() that may be
 * long, so that the rest of the line is not cut.
 */
#define ENCODED(text, most) \
	encode_into((text), (char[(most) + 1]){ "" }, (most) + 1)
const char *encode_into(const char *text, char *out, size_t size);

#endif
