/* SPDX-License-Identifier: ISC */
/* The settings of authmap.conf(5): their names, defaults and forms. */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include "base/config.h"

struct setting {
	const char *name;
	const char *standard;	/* the default, as text like any other */
	/*
	 * Reads VALUE into what WHERE points to.  Returns NULL, or what is
	 * wrong with the value: "must be …"; settings_why() words it.
	 */
	const char *(*set)(void *where, const char *value);
	size_t where;		/* in struct config */
};

/* Return the name of SETTING. */
const char *config_name(enum config_setting setting);

extern const struct setting settings[CONFIG_COUNT];

#endif
