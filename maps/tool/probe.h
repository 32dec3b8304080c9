/* SPDX-License-Identifier: ISC */
/* "authmap check --probe": an entry for a moment, about which each MTA is asked. */
#ifndef TOOL_PROBE_H
#define TOOL_PROBE_H

#include "tool/check-say.h"

/*
 * Record ADDRESS, so that each MTA can be asked about it, and set check->probe.
 * Refuse an address that may relay already, is excluded or blocked: return false
 * then, and report why.  The entry expires soon, even if probe_end() is not called.
 */
bool probe_begin(struct check *check, const char *address);

/* Remove what probe_begin() has recorded, unless somebody has logged in there. */
void probe_end(struct check *check);

#endif
