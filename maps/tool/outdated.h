/* SPDX-License-Identifier: ISC */
/* Whether a server has read its configuration since the last change. */
#ifndef TOOL_OUTDATED_H
#define TOOL_OUTDATED_H

#include <stdbool.h>

/*
 * Return whether CONFIG, a file of a server's configuration, was changed after MADE,
 * a file or socket that the server makes or writes each time it reads the
 * configuration.  Return false if the time of either cannot be read.
 */
bool outdated(const char *config, const char *made);

#endif
