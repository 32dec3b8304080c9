/* SPDX-License-Identifier: ISC */
/* check --probe: record an address for a moment, so that each MTA can be asked about
 * it. */
#ifndef TOOL_PROBE_H
#define TOOL_PROBE_H

#include "tool/check-report.h"

/*
 * Record ADDRESS, so that each MTA can be asked about it, and set check->probe.
 * Return false, and report why, if the address may relay already, is excluded, or is
 * blocked.  The entry expires soon, even if probe_end() is not called.
 */
bool probe_begin(struct check *check, const char *address);

/* Remove the entry of probe_begin(), unless a client has logged in from there. */
void probe_end(struct check *check);

#endif
