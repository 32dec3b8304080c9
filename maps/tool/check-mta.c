/* SPDX-License-Identifier: ISC */
/* check: which MTAs are installed, and whether each gets an answer. */
#include "tool/check.h"
#include "tool/mta.h"

static const struct mta *const mtas[] = { &mta_postfix, &mta_exim,
    &mta_sendmail, &mta_opensmtpd, &mta_qmail };

void
check_mtas(struct check *check)
{
	bool any = false;

	for (size_t i = 0; i < sizeof mtas / sizeof *mtas; i++)
		if (mtas[i]->check(check, mtas[i]))
			any = true;
	if (!any)
		check_say(check, FINDING_GOOD, "mta", "no supported MTA found");
}
