/* SPDX-License-Identifier: ISC */
/*
 * Netstrings, "5:hello,": see https://cr.yp.to/proto/netstrings.txt.  Read
 * strictly: no leading zeros, no white space, nothing longer than asked for.
 */
#ifndef BASE_NETSTRING_H
#define BASE_NETSTRING_H

#include <stddef.h>

/* What a netstring of LEN bytes, NETSTRING_MAX_BYTES at the most, adds to them. */
#define NETSTRING_MAX_BYTES 9999
#define NETSTRING_FRAME_BYTES 6

enum netstring {
	NETSTRING_WHOLE,
	NETSTRING_PART,		/* so far it may become one */
	NETSTRING_BAD
};

/*
 * Looks at the LEN bytes IN.  When they begin with a whole netstring of MOST
 * bytes or fewer, *TEXT and *TEXT_LEN are what is in it, and *TAKEN is how many
 * bytes of IN it takes.
 */
enum netstring netstring_find(const char *in, size_t len, size_t most,
    const char **text, size_t *text_len, size_t *taken);

/*
 * Writes the LEN bytes TEXT as a netstring into OUT, which has room for LEN +
 * NETSTRING_FRAME_BYTES and a NUL.  Returns how long it became.
 */
size_t netstring_put(char *out, const char *text, size_t len);

#endif
