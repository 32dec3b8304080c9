/* SPDX-License-Identifier: ISC */
/* Configuration files that a test writes and reads. */
#ifndef CONFIGS_H
#define CONFIGS_H

#include "base/config-file.h"
#include "base/settings.h"
#include "scratch.h"
#include "tap.h"

static struct config config;

static inline int
reads(const char *text)
{
	const struct log log = { scratch_line, NULL };

	config_free(&config);
	scratch_log[0] = '\0';
	return config_read(&config, scratch_file("conf", text), &log);
}

#endif
