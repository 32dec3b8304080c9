/* SPDX-License-Identifier: ISC */
/* Report what check has found of an MTA. */
#ifndef TOOL_MTA_REPORT_H
#define TOOL_MTA_REPORT_H

#include "tool/mta.h"

/* Report that MTA is not configured for authmap, and the remedy. */
void mta_say_silent(struct check *check, const struct mta *mta);

/*
 * Report that MTA asks the responder at SOCKET, a path on this host or
 * "inet:ADDRESS:PORT", and whether USER (NULL: root) gets an answer there.  PLACE is
 * where its configuration names the socket.
 */
void mta_say_asks(struct check *check, const struct mta *mta, const char *place,
    const char *socket, const char *user);

/* Report whether MTA lets the probe address relay, and if not, its ANSWER. */
void mta_say_probed(struct check *check, const struct mta *mta, bool lets,
    const char *answer);

#endif
