/* SPDX-License-Identifier: ISC */
/* Netstrings: a netstring that is found is encoded again as the same bytes, and no
 * part of one is found. */
#include "fuzz.h"
#include "base/netstring.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *in = fuzz_string(data, size);
	char out[1024 + NETSTRING_FRAME_BYTES + 1];
	const char *text;
	size_t len, taken, part;

	if (netstring_find(in, size, 1024, &text, &len, &taken) ==
	    NETSTRING_WHOLE) {
		must(len <= 1024 && taken <= size && text >= in);
		must(netstring_put(out, text, len) == taken &&
		    memcmp(out, in, taken) == 0);
		for (part = 0; part < taken; part++)
			must(netstring_find(in, part, 1024, &text, &len,
			    &len) == NETSTRING_PART);
	}
	free(in);
	return 0;
}
