/* SPDX-License-Identifier: ISC */
/* The kinds of MTAs that check knows, each in a check-....c of its own. */
#ifndef TOOL_MTA_H
#define TOOL_MTA_H

#include "tool/check-report.h"

struct mta {
	const char *name;
	const char *recipe;		/* a file in REMEDY_RECIPES */
	/*
	 * Check and report how the MTA of this host is configured.  If it asks, and
	 * there is an address to probe, let it ask about that, and report its
	 * answer.  Return false, and report nothing, if there is no such MTA.
	 */
	bool (*check)(struct check *check, const struct mta *mta);
};

extern const struct mta mta_postfix, mta_exim, mta_sendmail, mta_opensmtpd,
    mta_qmail;

#endif
