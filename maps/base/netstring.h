/* SPDX-License-Identifier: ISC */
/*
 * Netstrings, "5:hello,": see https://cr.yp.to/proto/netstrings.txt.  The reader is
 * strict: it accepts no leading zeros and no white space, and bounds the length.
 */
#ifndef BASE_NETSTRING_H
#define BASE_NETSTRING_H

#include <stddef.h>

/* The largest text of a netstring, and the bytes that are added to a text. */
#define NETSTRING_MAX_BYTES 9999
#define NETSTRING_FRAME_BYTES 6

enum netstring {
	NETSTRING_WHOLE,
	NETSTRING_PART,		/* valid so far, but incomplete */
	NETSTRING_BAD
};

/*
 * Examine the LEN bytes IN.  If they begin with a whole netstring whose text
 * has MOST bytes or fewer, set *TEXT and *TEXT_LEN to its text, and *TAKEN to
 * its length.
 */
enum netstring netstring_find(const char *in, size_t len, size_t most,
    const char **text, size_t *text_len, size_t *taken);

/*
 * Write the LEN bytes TEXT as a netstring into OUT, which has room for LEN +
 * NETSTRING_FRAME_BYTES and a NUL.  LEN is at most NETSTRING_MAX_BYTES.  Return the
 * length of the netstring.
 */
size_t netstring_put(char *out, const char *text, size_t len);

#endif
