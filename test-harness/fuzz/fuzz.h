/* SPDX-License-Identifier: ISC */
/* What the fuzzers share.  Each checks what must hold for any input; the sanitizers
 * find memory errors. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fail, even if assert(3) is compiled out. */
#define must(holds) do { if (!(holds)) abort(); } while (0)

/* Return the input as a string, which the caller frees. */
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

/* Return a handle with these settings. */
static inline struct authmap *
fuzz_handle(const char *settings)
{
	char path[] = "/tmp/authmap-fuzz.XXXXXX";
	struct authmap *am;
	int fd = mkstemp(path);

	must(fd != -1 && dprintf(fd, "%s", settings) > 0 && close(fd) == 0);
	am = authmap_new(path, NULL, NULL, NULL);
	must(am != NULL && unlink(path) == 0);
	return am;
}

#endif
