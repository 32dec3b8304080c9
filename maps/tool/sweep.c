/* SPDX-License-Identifier: ISC */
/* sweep */
#include <stdio.h>

#include "../sweeper/sweep.h"
#include "daemon/account.h"
#include "tool/tool.h"

int
tool_sweep(struct tool *tool)
{
	struct sweep sweep = { .scanned_at = 0 };
	struct sweep_report report;
	struct account account;

	/* What root saved, the sweeper could not replace. */
	if (!account_find(tool->am, &account) ||
	    !account_become(tool->am, &account))
		return TOOL_TROUBLE;
	if (sweep_run(tool->am, &sweep, &report) == -1)
		return TOOL_TROUBLE;
	(void)printf(tool->json ? "{\"expired\": %u, \"remain\": %u}\n" :
	    "expired %u entries, %u remain\n", report.expired, report.entries);
	return report.unsaved ? TOOL_TROUBLE : TOOL_YES;
}
