/* What the fuzzers share.  Each says what must hold of any input at all; the
 * sanitizers say the rest. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fails, also where assert(3) is compiled out. */
#define must(holds) do { if (!(holds)) abort(); } while (0)

/* The input as a string, to be freed. */
static inline char *
fuzz_string(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
