/* SPDX-License-Identifier: ISC */
/* The settings of authmap.conf(5): their names, defaults and forms. */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include "base/config.h"

struct setting {
	const char *name;
	const char *standard;	/* the default, as text */
	/*
	 * Parse VALUE and store it at WHERE.  Return NULL, or what is wrong with
	 * it: "must be …".  See also settings_why().
	 */
	const char *(*set)(void *where, const char *value);
	size_t where;		/* in struct config */
};

/* Return the name of SETTING. */
const char *config_name(enum config_setting setting);

extern const struct setting settings[CONFIG_COUNT];

#endif
