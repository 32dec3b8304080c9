/* SPDX-License-Identifier: ISC */
/* What programs of the tests begin with. */
#ifndef HANDLE_H
#define HANDLE_H

#include <err.h>
#include <stddef.h>

#include "authmap.h"

/* A handle by the configuration in FILE; the program ends where that is wrong. */
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
