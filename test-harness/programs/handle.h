/* SPDX-License-Identifier: ISC */
/* The beginning of the tests' programs. */
#ifndef HANDLE_H
#define HANDLE_H

#include <err.h>
#include <stddef.h>

#include "authmap.h"

/* Return a handle with the configuration in FILE.  Exit if it has errors. */
static inline struct authmap *
handle(const char *file)
{
	int errors;
	struct authmap *am = authmap_new(file, NULL, NULL, &errors);

	if (am == NULL || errors != 0)
		errx(1, "%s", file);
	return am;
}

#endif
